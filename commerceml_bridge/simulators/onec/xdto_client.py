"""What the families reading with XDTO share: УТ 11, УНФ, БП, Bitrix module (facts: 1c-clients §3.1)."""

from __future__ import annotations

from itertools import islice

from commerceml_bridge.simulators.onec import errors, xdto
from commerceml_bridge.simulators.onec.client import OneCClient
from commerceml_bridge.simulators.onec.errors import DocumentProblem, OneCError
from commerceml_bridge.simulators.onec.reports import LoadReport
from commerceml_bridge.simulators.onec.site_documents import SiteDocument, from_xdto
from commerceml_bridge.simulators.onec.xdto import Node

ROOT = "КоммерческаяИнформация"
GUARDED = frozenset({"Комментарий", "Значение"})
"""Leaves whose type 1C checks before use; a strict double refuses them all the same."""


class XdtoClient(OneCClient):
    """Reads ``КоммерческаяИнформация/Документ`` untyped.

    ``strict_shape``: any empty or attributed text leaf spoils its document; without it the two guarded ones pass.
    """

    strict_shape: bool = True
    inherits_empty_values: bool = False
    plain_contacts: bool = False

    def read_root(self, text: str) -> Node:
        """The root object; raises OneCError for XML that untyped reading refuses."""
        try:
            return xdto.parse(text)
        except xdto.UnreadableXml as error:
            raise OneCError(errors.UNREADABLE_XML, str(error)) from error

    def remarks(self, root: Node) -> list[str]:
        """What 1C writes to its log about the root without failing."""
        return []

    def read_documents(self, text: str, report: LoadReport) -> list[SiteDocument]:
        """Bare documents under the root; a ``Контейнер`` is not looked into."""
        root = self.read_root(text)
        report.messages.extend(self.remarks(root))
        nodes = root.all("Документ") if root.name == ROOT else []
        return [self.read_document(node) for node in nodes]

    def read_document(self, node: Node) -> SiteDocument:
        """One document with its shape checked."""
        document = from_xdto(node, inherit_empty=self.inherits_empty_values, plain_contacts=self.plain_contacts)
        tolerated = frozenset() if self.strict_shape else GUARDED
        problems = list(islice(xdto.shape_problems(node, tolerated), 3))
        if problems and document.problem is None:
            document.problem = DocumentProblem("; ".join(problems))
        return document
