"""Who presses 0: an officer on duty is rung and takes the call by a key. If none does, nothing is lost."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.urls import reverse

from campaigns import inbox
from campaigns.models import Case, Recipient
from channels_voice import bridging, transfers
from channels_voice.models import Bridge, Call
from core import claims, duty, officer_phones
from core.models import AuditEvent, ContactPoint, InboxClaim, Officer
from core.officers import Role
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests import make
from tests.caller import Conversation, Direct
from tests.console.desk import at_the_desk
from tests.leaks import Leaks
from tests.make import NOW

CALLER = 0
OFFICERS = 20  # the handsets of officers, from that index on
WAIT = "Please stay on the line. We are ringing an officer."
LATER = "An officer will call you back."

Rota = Callable[[int], Sequence[Officer]]


@pytest.fixture
def rota(db: None, provider: Memory) -> Rota:
    """So many case officers on duty, whose phones are handsets from OFFICERS on."""

    def goes_on_duty(count: int) -> Sequence[Officer]:
        return [_on_duty(OFFICERS + place) for place in range(count)]

    return goes_on_duty


def _on_duty(handset: int) -> Officer:
    officer = make.officer(Role.CASE_OFFICER)
    phone = officer_phones.keep(officer, synthetic(500 + handset), by=officer, now=NOW)
    phone.confirmed_at = NOW
    phone.save()
    duty.begin(officer, NOW + duty.USUAL, now=NOW)
    return officer


def asks(telephone: Direct, handset: int = CALLER) -> Conversation:
    """Somebody calls and presses 0."""
    make.contact(phone=synthetic(500 + handset))
    return telephone.caller(handset).dials().interrupts("0")


def is_called(telephone: Direct, handset: int) -> bool:
    calls = telephone.do(lambda twin: twin.calls.recent(synthetic(500 + handset).e164))
    return bool(calls)


def waits_in_inbox(handset: int = CALLER) -> bool:
    return inbox.unread().filter(contact=_contact(handset)).exists()


def _contact(handset: int = CALLER) -> ContactPoint:
    return next(one for one in ContactPoint.objects.all() if one.phone == synthetic(500 + handset))


def test_a_caller_who_presses_0_speaks_with_the_officer_on_duty_who_takes_the_call(
    telephone: Direct, rota: Rota
) -> None:
    [officer] = rota(1)
    theirs = asks(telephone).hears(WAIT)
    assert waits_in_inbox()  # before anybody is rung
    mine = telephone.caller(OFFICERS).rings().answers()
    mine.hears("This is Alongside. A caller is waiting. Press 1 to take the call.").presses("1")
    mine.says("This is the crisis unit.")
    assert "This is the crisis unit." in [line.text for line in theirs.transcript]
    ours = {sender.id for sender in settings.SENDERS}
    assert mine.call.sender in ours  # neither sees the other's number
    assert synthetic(500 + OFFICERS).e164 not in {theirs.call.sender, theirs.call.to}
    claim = InboxClaim.objects.get()
    assert (claim.officer, claim.contact) == (officer, _contact())
    assert AuditEvent.objects.get(verb="inbox.call-taken").officer == officer
    mine.hangs_up()
    theirs.hears("Goodbye.")
    assert theirs.is_over
    assert Bridge.objects.get().outcome == Bridge.Outcome.CONNECTED
    page = at_the_desk(officer).get(reverse("console:inbox-texts", args=[_contact().pk])).content.decode()
    assert f"{officer.get_username()} took the call." in page


def test_with_nobody_on_duty_a_caller_hears_what_follows_and_waits_in_the_inbox(
    telephone: Direct, provider: Memory
) -> None:
    theirs = asks(telephone).hears(LATER)
    assert WAIT not in [line.text for line in theirs.transcript]
    assert waits_in_inbox()
    assert not Bridge.objects.exists()


def test_duty_that_is_over_or_a_telephone_that_was_taken_away_rings_nobody(
    telephone: Direct, rota: Rota
) -> None:
    over, gone = rota(2)
    duty.finish(over, now=NOW)
    officer_phones.forget(gone, by=gone, now=NOW)
    asks(telephone).hears(LATER)
    assert not is_called(telephone, OFFICERS)
    assert not is_called(telephone, OFFICERS + 1)


def test_an_answering_machine_takes_no_caller_and_the_next_officer_is_rung(
    telephone: Direct, rota: Rota
) -> None:
    rota(2)
    theirs = asks(telephone).hears(WAIT)
    telephone.advance(10)
    machine = telephone.caller(OFFICERS).rings().answers().stays_silent().listens()
    assert machine.is_over
    telephone.advance(5)
    assert "connected" not in [line.verb for line in theirs.transcript]
    mine = telephone.caller(OFFICERS + 1).rings().answers().presses("1")
    mine.says("Hello.")
    assert "Hello." in [line.text for line in theirs.transcript]
    outcomes = list(Bridge.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == [Bridge.Outcome.NOT_PRESSED, ""]


def test_when_nobody_takes_the_call_it_is_as_if_nobody_were_on_duty(telephone: Direct, rota: Rota) -> None:
    rota(3)
    theirs = asks(telephone).hears(WAIT)
    telephone.advance(45)
    assert any(line.text.startswith(LATER) for line in theirs.transcript)
    theirs.says("I lost my passport.").interrupts("#").hears(
        "Thank you. An officer will call you on this number."
    )
    assert waits_in_inbox()
    assert not InboxClaim.objects.exists()
    assert not Bridge.objects.filter(ended_at=None).exists()


def test_a_second_caller_waits_in_the_inbox_while_the_only_officer_is_on_the_line(
    telephone: Direct, rota: Rota
) -> None:
    rota(1)
    asks(telephone, 0).hears(WAIT)
    asks(telephone, 1).hears(LATER)
    telephone.caller(OFFICERS).rings().answers().presses("1")
    asks(telephone, 2).hears(LATER)
    assert InboxClaim.objects.get().contact == _contact(0)
    assert waits_in_inbox(1)
    assert waits_in_inbox(2)


def test_two_callers_at_once_reach_two_officers(telephone: Direct, rota: Rota) -> None:
    rota(2)
    asks(telephone, 0).hears(WAIT)
    asks(telephone, 1).hears(WAIT)
    for place in (0, 1):
        telephone.caller(OFFICERS + place).rings().answers().presses("1")
    assert set(InboxClaim.objects.values_list("contact", flat=True)) == {_contact(0).pk, _contact(1).pk}


def test_an_officer_who_declines_leaves_the_caller_to_the_next_and_then_to_the_inbox(
    telephone: Direct, rota: Rota
) -> None:
    rota(2)
    theirs = asks(telephone).hears(WAIT)
    telephone.caller(OFFICERS).rings().rejects()
    telephone.advance(5)
    telephone.caller(OFFICERS + 1).rings().answers().hangs_up()
    theirs.hears(LATER)
    assert set(Bridge.objects.values_list("outcome", flat=True)) <= {
        Bridge.Outcome.NOT_PICKED_UP,
        Bridge.Outcome.NOT_PRESSED,
    }


def test_a_caller_who_hangs_up_while_it_rings_frees_the_officer_and_stays_in_the_inbox(
    telephone: Direct, rota: Rota
) -> None:
    rota(2)
    theirs = asks(telephone).hears(WAIT)
    mine = telephone.caller(OFFICERS).rings()
    theirs.hangs_up()
    assert mine.is_over
    assert not is_called(telephone, OFFICERS + 1)
    assert waits_in_inbox()
    assert not Bridge.objects.filter(ended_at=None).exists()
    asks_again = telephone.caller(CALLER).dials().interrupts("0")
    asks_again.hears(WAIT)


def test_a_line_lost_between_the_key_and_the_connection_leaves_the_caller_to_all(
    telephone: Direct, rota: Rota, now: datetime
) -> None:
    [officer] = rota(1)
    asks(telephone).hears(WAIT)
    bridge = Bridge.objects.get()
    claims.speaks_with(officer, _contact(), now)
    claims.never_spoke(officer, _contact(), now)
    assert not InboxClaim.objects.exists()
    assert bridge.ended_at is None


def test_webhooks_delivered_twice_ring_and_claim_once(telephone: Direct, rota: Rota) -> None:
    rota(1)
    theirs = asks(telephone).hears(WAIT)
    first = theirs.redelivers()
    assert "<Dial" in first
    assert theirs.redelivers() == first
    mine = telephone.caller(OFFICERS).rings().answers().presses("1")
    assert mine.redelivers() == mine.redelivers()
    assert Bridge.objects.count() == 1
    assert AuditEvent.objects.filter(verb="inbox.call-taken").count() == 1
    mine.hangs_up()
    theirs.hears("Goodbye.")
    assert "Goodbye." in theirs.redelivers()
    assert Bridge.objects.get().outcome == Bridge.Outcome.CONNECTED


def test_another_key_takes_no_call(telephone: Direct, rota: Rota) -> None:
    rota(1)
    theirs = asks(telephone).hears(WAIT)
    mine = telephone.caller(OFFICERS).rings().answers()
    mine.presses("5").hears("Press 1 to take the call.")
    assert not InboxClaim.objects.exists()
    assert "connected" not in [line.verb for line in theirs.transcript]


def test_lines_that_are_taken_ring_nobody(telephone: Direct, rota: Rota) -> None:
    rota(1)
    other, now = make.contact(), NOW
    sender = settings.SENDERS[0].id
    busy = {"status": "in-progress", "placed_at": now, "created_at": now, "status_at": now}
    Call.objects.create(contact=other, token="0" * 31 + "1", sender=sender, purpose="check-in", **busy)
    with patch.object(settings, "SENDERS", (replace(settings.SENDERS[0], calls_at_once=1),)):
        asks(telephone).hears(LATER)
    assert not is_called(telephone, OFFICERS)


def test_a_case_stays_open_whoever_takes_the_call(telephone: Direct, rota: Rota) -> None:
    [officer] = rota(1)
    make.contact(phone=synthetic(500))
    theirs = telephone.caller(CALLER).dials().presses("2")
    theirs.presses("0").hears(WAIT)
    telephone.caller(OFFICERS).rings().answers().presses("1").hangs_up()
    theirs.hears("Goodbye.")
    case = Case.objects.get()
    assert (case.state, case.claimed_by) == (Case.State.OPEN, None)
    assert officer.pk is not None


def test_0_at_a_check_in_answers_nothing(telephone: Direct, rota: Rota) -> None:
    rota(1)
    point = make.traveller(phone=synthetic(500))
    make.asked(point)
    theirs = telephone.caller(CALLER).dials().interrupts("0").hears(WAIT)
    telephone.caller(OFFICERS).rings().answers().presses("1").hangs_up()
    theirs.hears("Goodbye.")
    assert Recipient.objects.get().answer == ""


def test_a_silent_line_in_danger_rings_an_officer_too(telephone: Direct, rota: Rota) -> None:
    rota(1)
    make.contact(phone=synthetic(500))
    theirs = telephone.caller(CALLER).dials().presses("2")
    for _ in range(3):
        theirs.stays_silent()
    theirs.hears(WAIT)
    assert is_called(telephone, OFFICERS)


def test_the_officer_who_was_not_rung_for_longest_comes_first(telephone: Direct, rota: Rota) -> None:
    rota(2)
    for handset, place in ((0, 0), (1, 1)):
        theirs = asks(telephone, handset).hears(WAIT)
        telephone.caller(OFFICERS + place).rings().answers().presses("1").hangs_up()
        theirs.hears("Goodbye.")


def test_whoever_calls_again_and_again_waits_in_the_inbox(telephone: Direct, rota: Rota) -> None:
    [officer] = rota(1)
    asks(telephone).hears(WAIT).hangs_up()
    call = Call.objects.get()
    done = {
        "officer": officer,
        "caller": call,
        "sender": call.sender,
        "number_index": b"",
        "status": "completed",
    }
    rows = [
        Bridge(token=f"{place:032x}", created_at=NOW, ended_at=NOW, **done)
        for place in range(transfers.MOST_FOR_A_PHONE)
    ]
    Bridge.objects.bulk_create(rows)
    telephone.caller(CALLER).dials().interrupts("0").hears(LATER)


def test_a_ring_that_the_provider_never_made_keeps_no_officer_busy(telephone: Direct, rota: Rota) -> None:
    [officer] = rota(1)
    lost = Call.objects.create(
        contact=make.contact(), token="f" * 32, sender=settings.SENDERS[0].id, purpose="inbound",
        status="in-progress", created_at=NOW, status_at=NOW,
    )  # fmt: skip
    Bridge.objects.create(
        officer=officer, caller=lost, token="e" * 32, sender=lost.sender, number_index=b"", status="queued",
        created_at=NOW - timedelta(minutes=1), placed_at=NOW - timedelta(minutes=1),
    )  # fmt: skip
    asks(telephone).hears(WAIT)
    assert is_called(telephone, OFFICERS)


def test_an_officer_does_not_call_somebody_who_is_being_put_through(
    telephone: Direct, rota: Rota, now: datetime
) -> None:
    _, colleague = rota(2)
    asks(telephone).hears(WAIT)
    with pytest.raises(bridging.Busy):
        bridging.call(colleague, _contact(), now)


def test_no_number_is_written_down(telephone: Direct, rota: Rota, leaks: Leaks) -> None:
    rota(1)
    theirs = asks(telephone).hears(WAIT)
    telephone.caller(OFFICERS).rings().answers().presses("1").hangs_up()
    theirs.hears("Goodbye.")
    for handset in (CALLER, OFFICERS):
        assert leaks.of(synthetic(500 + handset).e164) == []
