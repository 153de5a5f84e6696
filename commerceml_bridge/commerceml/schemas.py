"""The project's own schemas, compiled once per thread. Facts: commerceml §6.4, §6.7; schemas/SOURCES.md.

Strict ones (XSD 1.0, lxml) for what we write and for every version of the format, the tolerant one (XSD 1.1,
xmlschema) for what is accepted. All are generated: ``schema_source``.
"""

from __future__ import annotations

import threading
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from lxml import etree

from commerceml_bridge.domain.documents import Form

if TYPE_CHECKING:
    from xmlschema import XMLSchema11


class Profile(StrEnum):
    """Which of the schemas a file is held against."""

    V2_05 = "2.05"
    V2_06 = "2.06"
    V2_07 = "2.07"
    V2_08 = "2.08"
    V2_09 = "2.09"
    V2_10 = "2.10"
    V3_1 = "3.1"
    OUT_BARE = "out-bare"
    OUT_2_10 = "out-2.10"
    OUT_3_1 = "out-3.1"
    IN = "in"


OF_OURS = frozenset({Profile.OUT_BARE, Profile.OUT_2_10, Profile.OUT_3_1})
"""what the bridge itself writes"""
PROFILE_OF_FORM = {
    Form.BARE: Profile.OUT_BARE,
    Form.SUBORDINATE: Profile.OUT_2_10,
    Form.CONTAINER: Profile.OUT_3_1,
}
_compiled = threading.local()


def strict_schema(profile: Profile) -> etree.XMLSchema:
    """Return the compiled schema of any profile but ``in``; an ``XMLSchema`` keeps its errors, so one a thread."""
    schemas: dict[Profile, etree.XMLSchema] = _compiled.__dict__.setdefault("schemas", {})
    if profile not in schemas:
        schemas[profile] = etree.XMLSchema(etree.parse(_path(profile)))
    return schemas[profile]


@cache
def tolerant_schema() -> XMLSchema11:
    """Return the compiled incoming schema."""
    import xmlschema  # a server that only serves never needs it: 12 MB

    return xmlschema.XMLSchema11(_path(Profile.IN), allow="local")


def _path(profile: Profile) -> str:
    return str(files("commerceml_bridge") / "schemas" / f"commerceml-{profile}.xsd")
