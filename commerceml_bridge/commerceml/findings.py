"""What a validation says: problems with line and path, a report for a file, an exit status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from commerceml_bridge.commerceml.schemas import Profile


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """breaks the schema; incoming: the document cannot be used"""
    WARNING = "warning"
    """odd, but the bridge copes or an operator chose it"""


@dataclass(frozen=True)
class Problem:
    """One finding. ``line`` is 1-based, 0 if unknown; ``path`` an XPath without namespaces, "" for the file."""

    level: Level
    message: str
    line: int = 0
    path: str = ""
    file: str = ""


@dataclass(frozen=True)
class Report:
    """The outcome for one file. ``readable`` is False if it could not be read to its end as an exchange file."""

    file: str
    profile: Profile | None
    documents: int
    """``Документ``, those in containers included"""
    problems: tuple[Problem, ...]
    readable: bool = True
    untold: int = 0
    """errors beyond those in ``problems``: a file that breaks in every line says so often enough"""
    items: int = 0
    """``Товар`` of a catalogue"""
    offers: int = 0
    """``Предложение`` of a package of offers, or of its changes"""

    @property
    def status(self) -> int:
        """0 valid (warnings allowed), 1 errors, 2 unreadable."""
        if not self.readable:
            return 2
        return 1 if self.untold or any(problem.level is Level.ERROR for problem in self.problems) else 0


def exit_status(reports: Iterable[Report]) -> int:
    """The worst status of several files; 0 for none."""
    return max((report.status for report in reports), default=0)
