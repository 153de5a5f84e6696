"""What one run of a client brought: values only, no behaviour of the exchange."""

from __future__ import annotations

from dataclasses import dataclass, field

from commerceml_bridge.simulators.onec.errors import OneCError


@dataclass
class LoadReport:
    """The load phase (site → 1C).

    ``documents`` are the site's numbers in the order read, ``created``/``updated``/``skipped`` what became of them,
    ``pages`` the number of query requests, ``body`` the raw bytes of the last query answer, ``messages`` what 1C
    wrote to its log without failing.
    """

    documents: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    skipped: int = 0
    success_sent: bool = False
    pages: int = 0
    body: bytes = field(default=b"", repr=False)
    messages: list[str] = field(default_factory=list)


@dataclass
class UploadReport:
    """The upload phase (1C → site).

    ``files`` are the names as posted, ``documents`` the number of orders in them, ``answers`` pairs of mode and
    decoded answer text in the order received, ``bodies`` the whole XML by its name (before zip and splitting).
    """

    files: list[str] = field(default_factory=list)
    documents: int = 0
    answers: list[tuple[str, str]] = field(default_factory=list)
    bodies: dict[str, bytes] = field(default_factory=dict, repr=False)
    messages: list[str] = field(default_factory=list)


@dataclass
class ExchangeReport:
    """A whole run: load, then upload; ``error`` is what made the run fail, if anything did."""

    load: LoadReport
    upload: UploadReport
    error: OneCError | None = None
