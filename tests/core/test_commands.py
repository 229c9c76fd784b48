"""The management commands that others rely on."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from core import gateway
from core.models import AuditEvent, Officer, Person
from telephony.memory import Memory
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)


def printed(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, object]:
    """What a command prints as JSON."""
    call_command(*command, "--json")
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_dry_run_says_what_a_purge_does(capsys: pytest.CaptureFixture[str], provider: Memory) -> None:
    make.inbound(make.traveller())
    when = "--now=2027-02-01T00:00+00:00"
    dry = printed(capsys, "purge", "--dry-run", when)
    assert Person.objects.exists()
    with gateway.using(provider):
        wet = printed(capsys, "purge", when)
    assert dry["deleted"] == wet["deleted"]
    assert wet["provider_copies"] == {"erased": 1, "failed": {}}
    assert not Person.objects.exists()


def test_a_purge_is_readable_too(capsys: pytest.CaptureFixture[str], provider: Memory) -> None:
    make.traveller()
    with gateway.using(provider):
        call_command("purge", "--now", "2027-02-01")
    assert "1 deleted core.person" in capsys.readouterr().out


def test_a_moment_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="ISO 8601"):
        call_command("purge", "--now", "yesterday")


def test_people_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    make.opted_out(make.traveller())
    make.contact()
    assert printed(capsys, "people", "count") == {
        "people": 1,
        "phones": 1,
        "unregistered_phones": 1,
        "opted_out": 1,
    }
    call_command("people", "count")
    assert "1 people" in capsys.readouterr().out


def test_trips_are_counted_by_country_and_day(capsys: pytest.CaptureFixture[str]) -> None:
    person = make.person()
    make.trip(of=person, dates=(date(2026, 11, 25), date(2026, 12, 8)))
    make.trip(country="EG")
    found = printed(capsys, "trips", "count", "--country", "ly", "--on", "2026-12-08")
    assert found == {"country": "LY", "on": "2026-12-08", "trips": 1, "people": 1, "travellers": 1}
    call_command("trips", "count", "--country", "LY", "--on", "2026-12-09")
    assert "0 trips" in capsys.readouterr().out


@pytest.mark.parametrize(("country", "on"), [("Libya", "2026-12-08"), ("LY", "tomorrow")])
def test_what_cannot_be_counted_is_said(country: str, on: str) -> None:
    with pytest.raises(CommandError, match="expected"):
        call_command("trips", "count", "--country", country, "--on", on)


def test_an_officer_gets_a_password_for_one_log_in(capsys: pytest.CaptureFixture[str]) -> None:
    made = printed(capsys, "officer", "create", "rossi", "--role", "case-officer")
    officer = Officer.objects.get(username="rossi")
    assert officer.check_password(str(made["password"]))
    assert (officer.role, officer.must_change_password) == ("case-officer", True)
    assert AuditEvent.objects.get(verb="open-account").subject_id == officer.pk


def test_a_name_is_given_once() -> None:
    call_command("officer", "create", "rossi", "--role", "author")
    with pytest.raises(CommandError, match="exists already"):
        call_command("officer", "create", "rossi", "--role", "author")


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="--role"):
        call_command("officer", "create", "rossi", "--role", "king")
