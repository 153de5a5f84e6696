"""Which 1C families a session can be of, told by what it asked for (decision 1: a hint for pages, never a rule).

Facts: 1c-clients §1.4, §4: the Bitrix module names a version, УНФ and БП ask for 2.10, file names tell the rest.
УТ 10.3, the УТ 11 family and УНФ load alike and stay indistinguishable until they send a file.
"""

from __future__ import annotations

LOADS_ALIKE = ("ut10", "ut11", "unf", "bp3")
_BY_FILE = (
    ("1cbitrix-", ("ut10",)),
    ("documents___", ("bitrix",)),
    ("contragents___", ("bitrix",)),
    ("orders-", ("ut11", "unf")),
)


def possible_families(*, version: str = "", cml_version: str = "", filename: str = "") -> tuple[str, ...]:
    """Return the families this session can be of, most telling sign first; all that load alike if nothing tells."""
    for prefix, families in _BY_FILE:
        if filename.lower().startswith(prefix):
            return ("unf",) if cml_version and "unf" in families else families
    if version and not cml_version:
        return ("bitrix",)
    if version:
        return ("unf",)
    return ("unf", "bp3") if cml_version else LOADS_ALIKE
