"""The description put together: which schemas there are and what goes into each."""

from __future__ import annotations

from pathlib import Path

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.schema_source import notation, ours, structure, structure_3, values
from commerceml_bridge.commerceml.schema_source.strict import Model, schema
from commerceml_bridge.commerceml.schema_source.tolerant import Tolerant
from commerceml_bridge.commerceml.schema_source.units import UNITS

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
_LATEST = structure.VERSIONS[-1]


def model_2(version: str) -> Model:
    """One of 2.05–2.10."""
    contents = notation.at_version(notation.read(structure.TEXT), version)
    branches = {
        name: kind
        for name, kind in structure.BRANCHES.items()
        if name != "ИзмененияПакетаПредложений" or version >= "2.07"
    }
    title = f"CommerceML {version} in our own words."
    return Model(title, contents, values.at_version(values.VALUES, version), "root", branches, UNITS)


def model_3() -> Model:
    """3.1."""
    definitions = notation.read(structure.TEXT) | notation.read(structure_3.TEXT)
    contents = notation.at_version(definitions, structure_3.VERSION)
    facets = values.at_version(values.VALUES, structure_3.VERSION)
    title = "CommerceML 3.1 as the Bitrix module of 1C writes it, in our own words."
    return Model(title, contents, facets, "root", structure_3.BRANCHES, UNITS)


def model_of_ours(form: str) -> Model:
    """One of the forms the bridge writes."""
    version = ours.CONTAINER if form == "out-3.1" else ours.PLAIN
    contents = notation.at_version(notation.read(ours.TEXT), version)
    branches = {v.CONTAINER: "container"} if version == ours.CONTAINER else {v.DOCUMENT: "document"}
    title = f"What the bridge writes, form {form}: exactly this and nothing else."
    return Model(title, contents, ours.VALUES | ours.OF_FORM[form], "root", branches, UNITS)


def schemas() -> dict[str, str]:
    """Every schema: name of its file → text."""
    models = {version: model_2(version) for version in structure.VERSIONS}
    models[structure_3.VERSION] = model_3()
    models |= {form: model_of_ours(form) for form in ours.OF_FORM}
    texts = {name: schema(model, v.ROOT) for name, model in models.items()}
    # 2.09 has one branch that 2.10 took away again
    together = Tolerant((models["2.10"], models["2.09"], models[structure_3.VERSION]))
    texts["in"] = together.schema("Everything that is accepted, of any version, tolerantly (XSD 1.1).", v.ROOT)
    return {f"commerceml-{name}.xsd": text for name, text in texts.items()}


def main() -> None:
    """Write the schemas, and remove those that are no more."""
    texts = schemas()
    for old in SCHEMAS.glob("*.xsd"):
        if old.name not in texts:
            old.unlink()
    for name, text in texts.items():
        (SCHEMAS / name).write_text(text, encoding="utf-8")
