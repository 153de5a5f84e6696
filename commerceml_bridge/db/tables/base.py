"""What every table is made of: the metadata and the few kinds of columns."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.types import UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_() -> sa.Column[int]:
    """The primary key."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> sa.Column[int]:
    """A reference to another table, indexed unless said otherwise."""
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def text(name: str, default: str | None = "", *, unique: bool = False, index: bool = False) -> sa.Column[str]:
    """A text that is never null; ``default`` ``None``: it must be given."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default, unique=unique or None, index=index or None)


def time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A moment, aware UTC."""
    return sa.Column(name, UtcDateTime, nullable=nullable)


def count(name: str) -> sa.Column[int]:
    """A counter that begins at 0."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
