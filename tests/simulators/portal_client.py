"""A bare client for the portal simulator's own tests: one call, one parsed answer, nothing clever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from commerceml_bridge.simulators.portal import PortalServer


@dataclass(frozen=True)
class Reply:
    status: int
    body: dict[str, Any]

    @property
    def result(self) -> Any:
        return self.body["result"]


class Client:
    def __init__(self, server: PortalServer) -> None:
        self.server = server
        self.session = requests.Session()

    def call(self, method: str, /, **params: Any) -> Reply:
        answer = self.session.post(self.server.webhook_url + method, json=params, timeout=10, allow_redirects=False)
        return Reply(answer.status_code, answer.json())

    def items(self, **params: Any) -> list[dict[str, Any]]:
        found = self.call("crm.item.list", entityTypeId=31, **params).result["items"]
        return list(found)

    def ids(self, **filter_: Any) -> list[int]:
        return [item["id"] for item in self.items(select=["id"], order={"id": "ASC"}, filter=filter_)]

    def update(self, invoice: int, **fields: Any) -> Reply:
        return self.call("crm.item.update", entityTypeId=31, id=invoice, fields=fields)

    def batch(self, halt: Any = 0, **commands: Any) -> dict[str, Any]:
        found = self.call("batch", halt=halt, cmd=commands).result
        return dict(found)
