import json
from datetime import datetime
from functools import cache
from io import StringIO

import pytest
import redis
from django.core.management import call_command
from pytest_django.fixtures import Settings

from campaigns.cap import feeds
from campaigns.models import AlertFeed
from channels_voice import voices
from config import doctor
from config.catalogs import Texts
from config.doctor import Finding, State
from core import duty, officer_phones
from core.models import Officer
from core.officers import Role
from telephony.numbers import synthetic
from telephony.senders import Sender
from tests import make

pytestmark = pytest.mark.django_db


@cache
def _problems() -> tuple[str, ...]:
    """What is wrong in the catalogs: thirty are read and written, so one look serves all these tests."""
    return tuple(Texts().problems())


@pytest.fixture(autouse=True)
def _catalogs(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = _problems()
    monkeypatch.setattr(Texts, "problems", lambda _: iter(problems))


def _about(part: str, now: datetime) -> list[Finding]:
    return [finding for finding in doctor.examine(now) if finding.part == part]


@pytest.fixture(autouse=True)
def _empty_redis(redis_db: "redis.Redis") -> None:
    """No worker has reported."""


def test_queues_without_a_worker_are_not_ready(now: datetime) -> None:
    assert _about("workers", now) == [
        Finding("workers", State.NOT_READY, "none for urgent, campaign, routine")
    ]


def test_one_officer_alone_can_approve_nothing(now: datetime) -> None:
    make.officer(Role.APPROVER)
    assert _about("officers", now)[0].state is State.NOT_READY
    make.officer(Role.AUTHOR)
    make.officer(Role.CASE_OFFICER)
    assert _about("officers", now)[0].state is State.READY


def test_a_campaign_that_runs_with_nobody_on_duty_is_not_ready(now: datetime) -> None:
    assert _about("duty", now)[0].state is State.LOOK
    make.running_campaign()
    assert _about("duty", now)[0].state is State.NOT_READY
    officer = make.officer(Role.CASE_OFFICER)
    phone = officer_phones.keep(officer, synthetic(520), by=officer, now=now)
    phone.confirmed_at = now
    phone.save()
    duty.begin(officer, now + duty.USUAL, now=now)
    assert _about("duty", now) == [Finding("duty", State.READY, "1 on duty with a confirmed phone")]


def test_a_feed_that_fails_again_and_again_is_named_by_its_server(now: datetime, settings: Settings) -> None:
    settings.CAP_FEEDS = ("https://alerts.example.org/atom.xml?key=secret",)
    assert _about("alert feeds", now) == [
        Finding("alert feeds", State.READY, "alerts.example.org: not read yet")
    ]
    AlertFeed.objects.create(url=settings.CAP_FEEDS[0], failures=3, problem="status")
    assert _about("alert feeds", now) == [
        Finding("alert feeds", State.LOOK, "alerts.example.org: 3 failures in a row (status)")
    ]


def test_the_account_that_feeds_write_with_is_no_officer(now: datetime) -> None:
    make.officer(Role.APPROVER)
    make.officer(Role.CASE_OFFICER)
    Officer.objects.create(username=feeds.ACCOUNT, role=Role.AUTHOR.value)
    assert _about("officers", now)[0].state is State.NOT_READY


def test_an_installation_for_real_people_needs_https_and_real_numbers(
    now: datetime, settings: Settings
) -> None:
    settings.DEMO = False
    assert _about("public address", now)[0].state is State.NOT_READY
    assert Finding(
        "senders", State.NOT_READY, "a demo number is among them: it is never in service"
    ) in _about("senders", now)


def test_senders_that_nobody_can_answer_are_no_senders(now: datetime, settings: Settings) -> None:
    settings.SENDERS = (Sender("ALONGSIDE", two_way=False),)
    assert _about("senders", now) == [
        Finding("senders", State.NOT_READY, "none can send a text and be answered")
    ]


def test_a_provider_that_cannot_be_reached_is_named(now: datetime, settings: Settings) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:1"
    found = _about("provider", now)[0]
    assert found.state is State.NOT_READY
    assert "127.0.0.1:1 cannot be reached" in found.note


def test_languages_that_no_native_speaker_has_reviewed_are_listed(now: datetime) -> None:
    assert any("not reviewed by a native speaker" in finding.note for finding in _about("translations", now))


def test_the_command_prints_json_and_ends_with_1_when_something_is_not_ready() -> None:
    printed = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json", stdout=printed)
    assert ended.value.code == 1
    answer = json.loads(printed.getvalue())
    assert answer["ready"] is False
    assert {"part", "state", "note"} == set(answer["findings"][0])


def test_a_language_without_a_voice_is_named_with_what_is_heard_instead(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _about("voices", now)[0].state is State.READY or "hears" in _about("voices", now)[0].note
    monkeypatch.setattr(voices, "voice_of", lambda tag: "" if tag == "fr" else "en-GB")
    assert _about("voices", now)[0].state is State.LOOK
    assert "fr hears" in _about("voices", now)[0].note
