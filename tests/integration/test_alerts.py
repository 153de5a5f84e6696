"""Alerts: raised once, told once by mail and by POST, ended when the trouble is over; on both databases."""

from __future__ import annotations

import dataclasses
import datetime as dt
from email import message_from_string
from email.policy import default

import pytest

from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.errors import AlertNotSent, ConfigurationError
from commerceml_bridge.services import alerting, odata_sources
from commerceml_bridge.services.bridge import Bridge
from tests.integration.office import Office
from tests.listeners import Listener, MailServer, running


def with_channels(office: Office, *, mail: str = "", webhook: str = "") -> Bridge:
    settings = dataclasses.replace(
        office.bridge.settings,
        alert_smtp_url=mail,
        alert_email="boss@firma.example, anna@firma.example" if mail else "",
        alert_webhook_url=webhook,
        public_url="https://bridge.example.ru",
    )
    return dataclasses.replace(office.bridge, settings=settings)


def quiet(office: Office) -> None:
    """The portal was read a moment ago."""
    with office.bridge.db.write() as uow:
        uow.portals.update(office.portal.id, fetched_at=office.now)


def silence(office: Office) -> None:
    """A node that has not come for three days."""
    office.session(office.node("buh"))
    office.now += dt.timedelta(days=3)
    quiet(office)


def subjects(server: MailServer) -> list[str]:
    return [str(message_from_string(text, policy=default)["Subject"]) for text in server.messages]


def test_a_base_that_is_not_asked_any_more_is_an_alert_until_it_answers(office: Office) -> None:
    node = office.node("buh")
    office.session(node)
    quiet(office)
    odata_sources.set_source(office.bridge, "buh", url="http://127.0.0.1:9/buh", login="bridge", password="wrong")
    with office.bridge.db.write() as uow:
        uow.books.set_source(node.id, error="1С не приняла логин.", error_code="odata-login", failures=3)
    alerting.look(office.bridge)
    with office.bridge.db.read() as uow:
        (row,) = uow.alerts.open()
    assert (row.kind, row.subject) == ("odata", "buh")
    assert "1С не приняла логин. Что именно не так, скажет commerceml-bridge node check buh." in row.text
    odata_sources.set_source(office.bridge, "buh", password="right")
    alerting.look(office.bridge)
    with office.bridge.db.read() as uow:
        assert uow.alerts.open() == []


def test_silence_is_told_once_by_every_channel_and_ends(office: Office) -> None:
    silence(office)
    with running(MailServer()) as mail, running(Listener()) as listener:
        bridge = with_channels(office, mail=mail.url, webhook=listener.url)
        assert alerting.look(bridge) == 1
        assert alerting.look(bridge) == 0
    assert subjects(mail) == ["Обмен с 1С: 1С молчит, buh"]
    assert "anna@firma.example" in mail.messages[0]
    assert [(body["kind"], body["subject"], body["url"]) for body in listener.bodies] == [
        ("silent", "buh", "https://bridge.example.ru/")
    ]
    office.session(office_node(office))
    assert alerting.look(bridge) == 0
    with office.bridge.db.read() as uow:
        assert uow.alerts.open() == []
        (row,) = uow.alerts.listed()
    assert row.told_at is not None
    assert row.ended_at is not None


def office_node(office: Office) -> NodeRow:
    with office.bridge.db.read() as uow:
        found = uow.nodes.by_name("buh")
    assert found is not None
    return found


def test_the_same_trouble_later_is_a_new_alert(office: Office) -> None:
    silence(office)
    alerting.look(office.bridge)
    office.session(office_node(office))
    alerting.look(office.bridge)
    office.now += dt.timedelta(days=3)
    quiet(office)
    alerting.look(office.bridge)
    with office.bridge.db.read() as uow:
        assert [row.ended_at is None for row in uow.alerts.listed()] == [True, False]


def test_a_channel_that_fails_is_tried_again_later_and_its_secret_is_told_nobody(office: Office) -> None:
    silence(office)
    with running(Listener()) as listener:
        listener.status, listener.location = 302, "http://127.0.0.1:1/elsewhere"
        bridge = with_channels(office, webhook=listener.url)
        assert alerting.look(bridge) == 0
        with office.bridge.db.read() as uow:
            (row,) = uow.alerts.open()
        assert "302" in row.error
        assert "secret-path" not in row.error
        listener.status = 204
        assert alerting.look(bridge) == 0, "not before the pause is over"
        office.now += alerting.PAUSE
        quiet(office)
        assert alerting.look(bridge) == 1


def test_a_channel_that_refuses_does_not_make_the_other_repeat_itself(office: Office) -> None:
    silence(office)
    with running(MailServer()) as mail, running(Listener()) as listener:
        listener.status = 500
        bridge = with_channels(office, mail=mail.url, webhook=listener.url)
        for _ in range(3):
            assert alerting.look(bridge) == 0
            office.now += alerting.PAUSE
            quiet(office)
        with office.bridge.db.read() as uow:
            (row,) = uow.alerts.open()
            (group,) = uow.browse.problems(ProblemFilter("untold"), per_group=5)
        assert (row.told_by, row.error) == ("mail", "Адрес CMLB_ALERT_WEBHOOK_URL ответил HTTP 500.")
        assert (group.code, [one.title for one in group.items]) == ("partly", ["silent buh"])
        assert (len(mail.messages), len(listener.bodies)) == (1, 3)
        listener.status = 204
        assert alerting.look(bridge) == 1
        assert (len(mail.messages), len(listener.bodies)) == (1, 4)


def test_mail_that_is_refused_counts_as_untold(office: Office) -> None:
    silence(office)
    with running(MailServer()) as mail:
        mail.refuses = True
        assert alerting.look(with_channels(office, mail=mail.url)) == 0
    with office.bridge.db.read() as uow:
        (row,) = uow.alerts.open()
    assert row.told_at is None
    assert "Письмо не отправлено" in row.error


def test_three_unconfirmed_sessions_and_a_refused_document_are_alerts(office: Office) -> None:
    node = office.node("buh")
    office.bill("101")
    for _ in range(3):
        office.query(office.session(node))
    quiet(office)
    alerting.look(office.bridge)
    office.query(office.session(node))  # now it is held
    alerting.look(office.bridge)
    with office.bridge.db.read() as uow:
        kinds = [(row.kind, row.ended_at is None) for row in reversed(uow.alerts.listed())]
    assert ("unconfirmed", False) in kinds
    assert ("refused", True) in kinds


def test_a_password_goes_only_to_a_server_on_this_machine_or_encrypted(office: Office) -> None:
    with running(MailServer()) as mail:
        url = mail.url.replace("smtp://", "smtp://anna:pass%20word@")
        assert alerting.test(with_channels(office, mail=url)) == ["mail"]
        assert len(mail.logins) == 1
        elsewhere = url.replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(AlertNotSent):
            alerting.test(with_channels(office, mail=elsewhere))
        assert len(mail.logins) == 1


def test_testing_without_a_channel_says_what_to_set(office: Office) -> None:
    with pytest.raises(ConfigurationError, match="CMLB_ALERT_SMTP_URL"):
        alerting.test(office.bridge)
