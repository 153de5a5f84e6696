"""The server is killed at the worst moments; nothing is lost and nothing happens twice."""

from __future__ import annotations

import http.client
import threading
import time
from base64 import b64encode
from contextlib import closing

import pytest

from commerceml_bridge.simulators.onec import OneCError
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from tests.integration.office import PAID, file_of, returned
from tests.stand import PASSWORD, Stand


@pytest.fixture
def seeded(stand: Stand, server: PortalServer) -> Demo:
    made = seed_demo(server.portal)
    stand.set_up(client="ut11")
    stand.start()
    assert not stand.sync().failed
    return made


def acknowledged(stand: Stand) -> int:
    return int(stand.status()["nodes"][0]["acknowledged"])


def test_killed_between_query_and_success_the_same_bytes_go_out_again(stand: Stand, seeded: Demo) -> None:
    client = stand.client("ut11")
    bodies: list[bytes] = []
    with pytest.raises((OneCError, OSError)):
        client.load(before_success=stand.kill)
    assert acknowledged(stand) == 0
    stand.start()
    for send_success in (False, True):
        bodies.append(client.load(send_success=send_success).body)
    assert bodies[0] == bodies[1]
    assert len(client.base.orders) == 7
    assert acknowledged(stand) == 7
    assert client.load().created == 0


def test_a_lost_answer_to_success_is_repeated_harmlessly(stand: Stand, seeded: Demo) -> None:
    client = stand.client("ut11")
    client.load()
    stand.kill()
    stand.start()
    assert client.load().created == 0
    assert acknowledged(stand) == 7


@pytest.mark.parametrize("milliseconds", [0, 3, 10, 30])
def test_killed_between_file_and_its_answer_the_file_counts_once(
    stand: Stand, server: PortalServer, seeded: Demo, milliseconds: int
) -> None:
    client = stand.client("ut11")
    client.load()
    body = file_of(*(returned(number, requisites=PAID, total="44200.00", date=stand.date_of(11)) for number in ("11",)))
    sender = threading.Thread(target=_post_and_ignore, args=(stand, body))
    sender.start()
    time.sleep(milliseconds / 1000)
    stand.kill()
    sender.join()

    stand.start()
    assert _post(stand, body).startswith("success")
    assert stand.sync().delivered.written <= 1
    assert server.portal.smart_invoice(seeded.smart_invoices[0])["stageId"] == "DT31_5:P"
    assert server.portal.stages_of(seeded.smart_invoices[0]).count("DT31_5:P") == 1
    assert stand.status()["portals"][0]["pending"] == 0


def _post(stand: Stand, body: bytes) -> str:
    """checkauth, then file, as any client would."""
    basic = {"Authorization": "Basic " + b64encode(f"base:{PASSWORD}".encode()).decode()}
    address = "/1c_exchange.php?type=sale&mode"
    with closing(http.client.HTTPConnection(stand.bind, timeout=30)) as connection:
        connection.request("GET", f"{address}=checkauth", headers=basic)
        lines = connection.getresponse().read().decode("ascii").split("\n")
        cookie = {"Cookie": f"{lines[1]}={lines[2]}"}
        connection.request("POST", f"{address}=file&filename=orders.xml", body, {**basic, **cookie})
        with closing(connection.getresponse()) as answer:
            return answer.read().decode("windows-1251")


def _post_and_ignore(stand: Stand, body: bytes) -> None:
    try:
        _post(stand, body)
    except (OSError, http.client.HTTPException):
        return
