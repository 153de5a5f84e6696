"""Refusals of the interface: a status and 1C's inner code (facts §3.6)."""

from __future__ import annotations


class Refusal(Exception):
    """An answer other than rows."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def unknown_entity(name: str) -> Refusal:
    """Not in the composition, misspelt, or another configuration: all look alike."""
    return Refusal(404, "8", f'Тип сущности "{name}" не найден')


def bad(text: str, code: str = "6") -> Refusal:
    """The query is not understood."""
    return Refusal(400, code, text)
