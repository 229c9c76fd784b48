"""An officer calls a person from a case: the officer's phone first, a key, then the person."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from campaigns import cases
from campaigns.models import Case
from channels_voice import bridging
from channels_voice.models import Bridge, Call
from core import officer_phones, people
from core.models import AuditEvent, Officer
from core.officers import Role
from telephony.memory import Memory
from telephony.messages import CallStatus
from telephony.numbers import synthetic
from tests import make
from tests.caller import Conversation, Direct
from tests.console.desk import at_the_desk
from tests.leaks import Leaks
from twin.records import Pickup

OFFICERS = 20  # the officer's handset, by its index
PERSONS = 0


@pytest.fixture
def officer(db: None, now: datetime) -> Officer:
    """A case officer whose telephone is confirmed."""
    officer = make.officer(Role.CASE_OFFICER)
    phone = officer_phones.keep(officer, synthetic(500 + OFFICERS), by=officer, now=now)
    phone.confirmed_at = now
    phone.save()
    return officer


@pytest.fixture
def case(officer: Officer, now: datetime) -> Case:
    """A case of theirs."""
    traveller = make.traveller(phone=synthetic(500 + PERSONS))
    case = cases.open_case(traveller, reason=Case.Reason.NEEDS_HELP, words="", campaign=None, now=now)
    cases.claim(case, by=officer, now=now)
    return case


@pytest.fixture
def desk(officer: Officer) -> Client:
    return at_the_desk(officer)


@pytest.fixture
def officers_phone(
    telephone: Direct, provider: Memory, redis_db: object, now: datetime
) -> Callable[[], Conversation]:
    """What the worker does next: the officer's phone, ringing on the twin as it was ordered."""

    def rung() -> Conversation:
        bridge = Bridge.objects.get(ended_at=None)
        bridging.ring(bridge.pk, clock=lambda: now)
        order = provider.placed[-1]
        assert order.to == synthetic(500 + OFFICERS)
        wanted = {"From": order.sender, "StatusCallback": order.status_url}
        return telephone.caller(OFFICERS).is_called(order.url, wanted)

    return rung


def click(desk: Client, case: Case) -> str:
    page = desk.post(reverse("console:case-call", args=[case.pk]), follow=True)
    assert page.status_code == 200
    return page.content.decode()


def shown(desk: Client, case: Case) -> str:
    return desk.get(reverse("console:case-call", args=[case.pk])).content.decode()


def test_the_officer_is_rung_presses_one_and_speaks_with_the_person(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation], officer: Officer
) -> None:
    assert "Your phone rings" in click(desk, case)
    mine = officers_phone().answers()
    mine.hears("This is Alongside. Press 1 to be connected.")
    assert "Press 1 on your phone" in shown(desk, case)
    thread = desk.get(reverse("console:case", args=[case.pk])).content.decode()
    assert f"{officer.get_username()} called: Being called" in thread  # not "yours": colleagues read it too
    mine.presses("1")
    theirs = telephone.caller(PERSONS).rings()
    assert "The person&#x27;s phone rings" in shown(desk, case)
    theirs.answers()
    mine.says("This is the crisis unit.")
    assert "This is the crisis unit." in [line.text for line in theirs.transcript]
    ours = {sender.id for sender in settings.SENDERS}
    assert {mine.call.sender, theirs.call.sender} <= ours
    theirs.hangs_up()
    mine.hears("Goodbye.")
    assert mine.is_over
    bridge = Bridge.objects.get()
    assert (bridge.outcome, bridge.call and bridge.call.status) == ("connected", "completed")
    page = desk.get(reverse("console:case", args=[case.pk])).content.decode()
    assert f"{officer.get_username()} called: Connected" in page
    assert AuditEvent.objects.get(verb="case.called").officer == officer


def test_two_clicks_ring_once(desk: Client, case: Case, provider: Memory) -> None:
    click(desk, case)
    click(desk, case)
    assert Bridge.objects.count() == Call.objects.count() == 1
    assert AuditEvent.objects.filter(verb="case.called").count() == 1


def test_a_job_that_runs_twice_rings_once(
    desk: Client, case: Case, provider: Memory, now: datetime, redis_db: object
) -> None:
    click(desk, case)
    for _ in range(2):
        bridging.ring(Bridge.objects.get().pk, clock=lambda: now)
    assert len(provider.placed) == 1


def test_an_answering_machine_is_never_connected(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation]
) -> None:
    click(desk, case)
    mine = officers_phone().answers()
    for _ in range(3):
        mine.stays_silent()
    assert mine.is_over
    assert telephone.do(lambda twin: twin.calls.recent(synthetic(500 + PERSONS).e164)) == []
    assert Bridge.objects.get().outcome == Bridge.Outcome.NOT_PRESSED
    assert Call.objects.get().status == "canceled"
    assert "The officer pressed no key" in shown(desk, case)


@pytest.mark.parametrize("keys", ["2", "9", "*"])
def test_another_key_connects_nobody_and_one_still_does(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation], keys: str
) -> None:
    click(desk, case)
    mine = officers_phone().answers()
    mine.presses(keys).hears("Press 1 to be connected.")
    assert telephone.do(lambda twin: twin.calls.recent(synthetic(500 + PERSONS).e164)) == []
    mine.presses("1")
    assert telephone.caller(PERSONS).rings().is_ringing


@pytest.mark.parametrize("fares", [(Pickup.BUSY, "busy"), (Pickup.FAILS, "failed"), (Pickup.REJECTS, "busy")])
def test_what_came_of_it_is_told(
    desk: Client,
    case: Case,
    telephone: Direct,
    officers_phone: Callable[[], Conversation],
    fares: tuple[Pickup, str],
) -> None:
    telephone.caller(PERSONS).picks_up(fares[0])
    click(desk, case)
    mine = officers_phone().answers().presses("1")
    telephone.advance(10)
    mine.hears("Goodbye.")
    assert Bridge.objects.get().outcome == fares[1]


def test_a_person_who_does_not_pick_up_is_no_answer(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation]
) -> None:
    click(desk, case)
    mine = officers_phone().answers().presses("1")
    telephone.caller(PERSONS).rings().rings_out()
    mine.hears("Goodbye.")
    assert Bridge.objects.get().outcome == Bridge.Outcome.NO_ANSWER
    assert "Nobody picked up" in shown(desk, case)


def test_an_officer_who_does_not_pick_up_may_try_again(
    desk: Client, case: Case, officers_phone: Callable[[], Conversation]
) -> None:
    click(desk, case)
    officers_phone().rings_out()
    assert Bridge.objects.get().outcome == Bridge.Outcome.NOT_PICKED_UP
    click(desk, case)
    assert Bridge.objects.filter(ended_at=None).count() == 1


def test_an_officer_who_hangs_up_while_it_rings_leaves_nobody_on_the_line(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation]
) -> None:
    click(desk, case)
    mine = officers_phone().answers().presses("1")
    theirs = telephone.caller(PERSONS).rings()
    mine.hangs_up()
    assert theirs.is_over
    assert Bridge.objects.get().outcome == Bridge.Outcome.NO_ANSWER
    assert not Call.objects.filter(status__in=["queued", "ringing", "in-progress"]).exists()


def test_a_key_that_is_delivered_twice_rings_the_person_once(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation]
) -> None:
    click(desk, case)
    mine = officers_phone().answers().presses("1")
    first = mine.redelivers()
    assert "<Dial" in first
    assert mine.redelivers() == first
    assert len(telephone.do(lambda twin: twin.calls.recent(synthetic(500 + PERSONS).e164))) == 1


def test_whoever_said_stop_is_not_called(desk: Client, case: Case, now: datetime, provider: Memory) -> None:
    assert case.contact is not None
    people.opt_out(case.contact, now, people.PERSON)
    assert "said STOP" in click(desk, case)
    assert not Bridge.objects.exists()


def test_stop_said_while_the_officer_is_rung_holds(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation], now: datetime
) -> None:
    click(desk, case)
    mine = officers_phone().answers()
    assert case.contact is not None
    people.opt_out(case.contact, now, people.PERSON)
    mine.presses("1").hears("Goodbye.")
    assert telephone.do(lambda twin: twin.calls.recent(synthetic(500 + PERSONS).e164)) == []


def test_nobody_is_rung_when_no_line_is_left(
    desk: Client, case: Case, provider: Memory, now: datetime, redis_db: object
) -> None:
    other = make.contact()
    busy = {"status": "in-progress", "placed_at": now, "created_at": now, "status_at": now}
    sender = settings.SENDERS[0].id
    Call.objects.create(contact=other, token=other_token(), sender=sender, purpose="check-in", **busy)
    one_line = tuple(replace(each, calls_at_once=1) for each in settings.SENDERS[:1])
    with patch.object(settings, "SENDERS", one_line):
        click(desk, case)
        bridging.ring(Bridge.objects.get().pk, clock=lambda: now)
    assert provider.placed == []
    assert "All our lines are busy" in shown(desk, case)


def other_token() -> str:
    return "0" * 31 + "1"


def test_a_colleague_on_the_phone_with_the_same_person_comes_first(
    desk: Client, case: Case, officer: Officer, now: datetime
) -> None:
    click(desk, case)
    colleague = make.officer(Role.CASE_OFFICER)
    officer_phones.keep(colleague, synthetic(560), by=colleague, now=now)
    assert case.contact is not None
    with pytest.raises(bridging.Busy):
        bridging.call(colleague, case.contact, now)


def test_what_was_lost_with_a_worker_is_queued_anew_and_then_given_up(
    desk: Client, case: Case, now: datetime, provider: Memory
) -> None:
    click(desk, case)
    assert bridging.ring_waiting(now + timedelta(seconds=30)) == 1
    bridging.ring_waiting(now + timedelta(minutes=3))
    assert Bridge.objects.get().outcome == Bridge.Outcome.NOT_RUNG
    assert Call.objects.get().status == "canceled"


def test_an_end_that_nobody_told_is_asked_for(
    desk: Client, case: Case, now: datetime, provider: Memory, redis_db: object
) -> None:
    click(desk, case)
    bridge = Bridge.objects.get()
    bridging.ring(bridge.pk, clock=lambda: now)
    bridge.refresh_from_db()
    assert bridge.provider_sid
    provider.report_call(bridge.provider_sid, CallStatus.NO_ANSWER)
    assert bridging.poll(clock=lambda: now + timedelta(minutes=5)) == 1
    bridge.refresh_from_db()
    assert bridge.outcome == Bridge.Outcome.NOT_PICKED_UP


def test_a_request_of_unknown_outcome_that_was_never_placed_is_over(
    desk: Client, case: Case, now: datetime, provider: Memory, redis_db: object
) -> None:
    provider.lose_request(synthetic(500 + OFFICERS))
    click(desk, case)
    bridging.ring(Bridge.objects.get().pk, clock=lambda: now)
    assert Bridge.objects.get().ended_at is None
    bridging.poll(clock=lambda: now + timedelta(minutes=5))
    assert Bridge.objects.get().outcome == Bridge.Outcome.NOT_RUNG
    assert len(provider.placed) == 0


def test_no_number_is_written_down(
    desk: Client, case: Case, telephone: Direct, officers_phone: Callable[[], Conversation], leaks: Leaks
) -> None:
    click(desk, case)
    mine = officers_phone().answers().presses("1")
    theirs = telephone.caller(PERSONS).rings().answers()
    theirs.hangs_up()
    mine.listens()
    for number in (synthetic(500 + PERSONS), synthetic(500 + OFFICERS)):
        assert leaks.of(number.e164) == []
