"""Field names of the new API: camelCase, UPPER_SNAKE and the three faces of a custom field.

Follows facts: bitrix24-rest §1.1 (custom fields), §1.2 (names in filter, order and select).
"""

from __future__ import annotations

import re

_LETTERS_ONLY = re.compile(r"UF_[A-Z_]+$")
_SHORT_NUMBERED = re.compile(r"UF_CRM_(\d{1,4})_(\d+)$")
_CAMEL_STEP = re.compile(r"([A-Z]|(?<=[a-z])\d+)")


def upper_snake(name: str) -> str:
    """``parentId2`` → ``PARENT_ID_2``, ``xmlId`` → ``XML_ID``."""
    return _CAMEL_STEP.sub(r"_\1", name).upper()


def camel(name: str) -> str:
    """``PARENT_ID_2`` → ``parentId2``."""
    head, *rest = name.lower().split("_")
    return head + "".join(part.capitalize() for part in rest)


def custom_key(database_name: str) -> str:
    """Return the JSON key of a custom field by its database name (§1.1)."""
    if _LETTERS_ONLY.match(database_name):
        return camel(database_name)
    short = _SHORT_NUMBERED.match(database_name)
    if short:
        return f"ufCrm{short.group(1)}_{short.group(2)}"
    return "ufCrm" + database_name.removeprefix("UF_CRM")
