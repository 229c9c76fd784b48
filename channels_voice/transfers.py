"""A caller who asks for an officer is put through: officers on duty are rung, one after the other.

One after the other, because the provider hangs up on all others when one telephone of several picks up, and
the one that is quickest is an answering machine. The call stands in the inbox before anybody is rung, so that
nothing is lost with the line; the officer who presses the key has it. Neither learns the other's number.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.db.models import Max, Q

from channels_voice import bridging, outbound
from channels_voice.models import Bridge, Call
from core import claims, duty, gateway
from core.models import Officer, OfficerPhone
from core.privacy.index import blind_index
from telephony.messages import CallStatus, CallTurn, Channel
from telephony.senders import Sender

RINGS_FOR: Final = 15
"""Seconds an officer's telephone rings for a caller who waits."""

RUNG_WITHIN: Final = timedelta(seconds=30)
"""How long after the caller asked another officer is rung; with the last one they wait a minute at most."""

_TOLD_WITHIN: Final = timedelta(seconds=30)  # the provider reports the first ring at once

MOST_FOR_A_PHONE: Final = 10
"""So often within bridging.COUNTED_FOR officers are rung for one phone; after that its calls wait."""


def ring_next(call: Call, now: datetime) -> tuple[Bridge, OfficerPhone] | None:
    """Choose the next officer for that caller, whose telephone the provider then rings; None: nobody is left.

    Whoever was rung for this call is not rung again. First comes who has not been rung for longest. Runs in
    the transaction of the caller's turn, with the caller's phone locked. Calls at once are held to; the rate
    of a sender is one of requests to place calls, and this is none.
    """
    rung = Bridge.objects.filter(caller=call)
    began = rung.order_by("created_at").values_list("created_at", flat=True).first()
    lately = Bridge.objects.filter(caller__contact=call.contact, created_at__gt=now - bridging.COUNTED_FOR)
    if (began is not None and began <= now - RUNG_WITHIN) or lately.count() >= MOST_FOR_A_PHONE:
        return None
    already = set(rung.values_list("officer", flat=True))
    phones = [phone for phone in duty.on_duty(now) if phone.officer_id not in already]
    for phone in _longest_idle_first(phones):
        bridge = _rung(call, phone, now)
        if bridge is not None:
            return bridge, phone
    return None


def abandoned(call: Call, now: datetime) -> None:
    """The caller's line is dead: nobody is rung for it any more. Whoever took the call keeps that outcome."""
    Bridge.objects.filter(caller=call, ended_at=None, pressed_at=None).update(
        outcome=Bridge.Outcome.NOT_PICKED_UP, ended_at=now
    )


def parted(call: Call, turn: CallTurn, now: datetime) -> bool:
    """The provider has let go of the officer; whether one took the call and the two were connected."""
    taken = False
    for bridge in Bridge.objects.filter(caller=call).select_related("officer").order_by("created_at"):
        spoke = bridge.pressed_at is not None and turn.bridged
        taken = taken or spoke
        if bridge.pressed_at is not None and not turn.bridged:
            claims.never_spoke(bridge.officer, call.contact, bridge.pressed_at)
        if bridge.ended_at is None:
            bridging.end(bridge, _outcome(turn, spoke=spoke), now)
    return taken


def _longest_idle_first(phones: list[OfficerPhone]) -> list[OfficerPhone]:
    rows = Bridge.objects.filter(officer__in=[phone.officer_id for phone in phones], caller__isnull=False)
    last = dict(rows.values_list("officer").annotate(Max("created_at")))
    return sorted(phones, key=lambda phone: (phone.officer_id in last, last.get(phone.officer_id)))


def _rung(call: Call, phone: OfficerPhone, now: datetime) -> Bridge | None:
    """The officer's end, kept; None where the officer is on another call, or no line is free."""
    officers = Officer.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    if not officers.filter(pk=phone.officer_id).exists():
        return None  # another call is about to ring them
    theirs = Bridge.objects.filter(officer=phone.officer)
    never_rung = Q(caller__isnull=False, provider_sid=None, created_at__lte=now - _TOLD_WITHIN)
    theirs.filter(never_rung, ended_at=None).update(outcome=Bridge.Outcome.NOT_RUNG, ended_at=now)
    if theirs.filter(ended_at=None).exists():
        return None
    if theirs.filter(created_at__gt=now - bridging.COUNTED_FOR).count() >= bridging.MOST_CALLS:
        return None
    sender = _sender(call, phone)
    if sender is None or not outbound.room(sender.id, 1, now):
        return None
    return Bridge.objects.create(
        officer=phone.officer,
        caller=call,
        token=uuid4(),
        sender=sender.id,
        number_index=blind_index(phone.phone),
        status=CallStatus.QUEUED,
        created_at=now,
        placed_at=now,
    )


def _sender(call: Call, phone: OfficerPhone) -> Sender | None:
    """The number of ours that the officer sees: that of the caller's line, where it calls that country."""
    own = gateway.sender_named(call.sender)
    if own is not None and own.voice and own.reaches(phone.phone.region):
        return own
    return gateway.sender_for(phone.phone.region, Channel.VOICE, key=phone.officer_id, two_way=False)


def _outcome(turn: CallTurn, *, spoke: bool) -> Bridge.Outcome:
    if spoke:
        return Bridge.Outcome.CONNECTED
    if turn.connected is CallStatus.COMPLETED:
        return Bridge.Outcome.NOT_PRESSED
    return Bridge.Outcome.NOT_RUNG if turn.connected is CallStatus.FAILED else Bridge.Outcome.NOT_PICKED_UP
