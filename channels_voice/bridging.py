"""An officer's telephone is rung: to call a person with it, or to take the call of one, which a key does.

Neither end learns the other's number: both see one of ours. A telephone is rung once for each request, and
one request is open at a time for each officer and each person, so that a second click rings nobody.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync, sync_to_async
from django.db import transaction
from django.db.models import F, Q

from channels_voice import outbound, prompts, twiml, voices
from channels_voice.models import Bridge, Call
from core import claims, delivery, gateway, officer_phones, people, queues
from core.languages import speaking
from core.models import ContactPoint, Officer
from core.privacy.index import blind_index
from telephony.errors import Decision, OutcomeUnknown, ProviderError, Refused, rule_for
from telephony.messages import CallStatus, CallTurn, CallUpdate, Channel, OutboundCall
from telephony.numbers import PhoneNumber
from telephony.provider import Provider

logger = logging.getLogger(__name__)

JOB: Final = "channels_voice.jobs.ring_officer"

MOST_CALLS: Final = 20
COUNTED_FOR: Final = timedelta(minutes=10)
"""An officer's telephone is rung at most MOST_CALLS times in that long."""

WORTH_RINGING: Final = timedelta(minutes=2)
"""How long after the click an officer still waits for the telephone to ring."""

STUCK_AFTER: Final = timedelta(minutes=2)
"""How long an end of a call may keep silent before the provider is asked."""

_GIVEN_UP_AFTER: Final = timedelta(hours=5)  # the provider ends a connected call after four
_ANNOUNCED: Final = 2  # times
_PRESS: Final = "1"
_CODE_DIGITS: Final = 4
_AT_ONCE: Final = 50
PARTED: Final = 9
"""The step at which the provider tells what became of the connection."""

Outcome = Bridge.Outcome
_OF_PERSON: Final[Mapping[str, Outcome]] = {
    CallStatus.COMPLETED: Outcome.CONNECTED,
    CallStatus.IN_PROGRESS: Outcome.CONNECTED,
    CallStatus.BUSY: Outcome.BUSY,
    CallStatus.FAILED: Outcome.FAILED,
}


class NoPhone(Exception):
    """The officer has no telephone that is confirmed."""


class Busy(Exception):
    """The officer's telephone is in use by another request, or a colleague is calling the person."""


class TooOften(Exception):
    """MOST_CALLS within COUNTED_FOR."""


def call(officer: Officer, contact: ContactPoint, now: datetime) -> Bridge:
    """Ring the officer's telephone to connect it with that person; asked twice, the same call.

    Raises NoPhone, Busy, TooOften, delivery.OptedOut, delivery.NoSender.
    """
    with transaction.atomic():
        officer = Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)
        open_ = _open_of(officer)
        if open_ is not None:
            if open_.call is not None and open_.call.contact_id == contact.pk:
                return open_
            raise Busy
        contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=contact.pk)
        if people.is_opted_out(contact):
            raise delivery.OptedOut
        theirs = Q(call__contact=contact) | Q(caller__contact=contact)
        if Bridge.objects.filter(theirs, ended_at=None).exists():
            raise Busy
        phone = officer_phones.of(officer)
        if phone is None or phone.confirmed_at is None:
            raise NoPhone
        sender = gateway.sender_for(contact.region, Channel.VOICE, key=contact.pk, two_way=False)
        if sender is None:
            raise delivery.NoSender
        leg = outbound.prepare(contact, sender, Call.Purpose.OFFICER, now)
        return _asked_for(officer, phone.phone, now, leg=leg)


def try_out(officer: Officer, now: datetime) -> Bridge:
    """Ring the officer's telephone to confirm it: its keys must be the `code` that the officer's page shows.

    Raises NoPhone, Busy, TooOften, delivery.NoSender.
    """
    with transaction.atomic():
        officer = Officer.objects.select_for_update(no_key=True).get(pk=officer.pk)
        open_ = _open_of(officer)
        if open_ is not None and open_.code:
            return open_
        if open_ is not None:
            raise Busy
        phone = officer_phones.of(officer)
        if phone is None:
            raise NoPhone
        code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
        return _asked_for(officer, phone.phone, now, code=code)


def latest(officer: Officer, contact: ContactPoint | None) -> Bridge | None:
    """The officer's latest call to that person; None of them: the latest that confirms the telephone."""
    mine = Bridge.objects.select_related("call").filter(officer=officer, caller=None)
    mine = mine.filter(call=None) if contact is None else mine.filter(call__contact=contact)
    return mine.order_by("-created_at", "-pk").first()


def ring(bridge_id: int, *, clock: Callable[[], datetime]) -> None:
    """Ring the officer's telephone, once, when lines for both ends are free."""
    async_to_sync(_ring)(bridge_id, clock)


def go_on(token: UUID, step: int, turn: CallTurn, now: datetime) -> str:
    """What the officer hears after that step; delivered again, the same again."""
    with transaction.atomic():
        bridge = _locked(token)
        if bridge is None:
            return twiml.goodbye(prompts.goodbye(), "en")
        _learn(bridge, CallUpdate(turn.sid, CallStatus.IN_PROGRESS), now)
        tag = _tag(bridge.officer)
        with speaking(tag):
            if step == PARTED:
                _parted(bridge, turn, now)
            elif bridge.ended_at is None and turn.digits == (bridge.code or _PRESS):
                return _pressed(bridge, tag, now)
            elif bridge.ended_at is None and step < _announced(bridge, turn):
                return twiml.announced(
                    _announcement(bridge),
                    tag,
                    twiml.bridge_url(token, step + 1),
                    keys=len(bridge.code) or 1,
                )
            elif bridge.pressed_at is None:
                _end(bridge, Outcome.NOT_PRESSED, now)
            return twiml.goodbye(prompts.goodbye(), tag)


def note(token: UUID, update: CallUpdate, now: datetime) -> bool:
    """Take in news of the officer's end; False when there is no such call. The rank only rises."""
    with transaction.atomic():
        bridge = _locked(token)
        if bridge is None:
            return False
        _learn(bridge, update, now)
        if update.status is not None and update.status.is_final and bridge.ended_at is None:
            _end(bridge, _outcome(bridge, update.status), now)
    return True


def ring_waiting(now: datetime) -> int:
    """Queue anew what was lost with a worker; what nobody waits for any more is over. Returns how many."""
    waiting = Bridge.objects.filter(placed_at=None, ended_at=None)
    for bridge in waiting.filter(created_at__lte=now - WORTH_RINGING)[:_AT_ONCE]:
        end(bridge, Outcome.NOT_RUNG, now)
    fresh = waiting.filter(created_at__gt=now - WORTH_RINGING).order_by("created_at")
    return sum(queues.put(queues.URGENT, JOB, pk) for pk in fresh.values_list("pk", flat=True)[:_AT_ONCE])


def poll(*, clock: Callable[[], datetime]) -> int:
    """Ask the provider about officers' ends whose end nobody told; returns how many are over now."""
    return async_to_sync(_poll)(clock)


def end(bridge: Bridge, outcome: Outcome, now: datetime, code: int | None = None) -> None:
    """Close a call that goes on; one that is over keeps its outcome."""
    with transaction.atomic():
        locked = _locked(bridge.token)
        if locked is not None and locked.ended_at is None:
            locked.error_code = code
            _end(locked, outcome, now)


def _announced(bridge: Bridge, turn: CallTurn) -> int:
    """How often it is said. Silence ends it at once where a caller waits: there may be a next officer."""
    return 1 if bridge.caller_id is not None and not turn.digits else _ANNOUNCED


def _announcement(bridge: Bridge) -> str:
    if bridge.caller_id is not None:
        return prompts.to_officer_on_duty()
    return prompts.to_officer(confirms=bool(bridge.code))


def _open_of(officer: Officer) -> Bridge | None:
    return Bridge.objects.select_related("call").filter(officer=officer, ended_at=None).first()


def _asked_for(
    officer: Officer, number: PhoneNumber, now: datetime, *, leg: Call | None = None, code: str = ""
) -> Bridge:
    recent = Bridge.objects.filter(officer=officer, created_at__gt=now - COUNTED_FOR)
    if recent.count() >= MOST_CALLS:
        raise TooOften
    sender = gateway.sender_for(number.region, Channel.VOICE, key=officer.pk, two_way=False)
    if sender is None:
        raise delivery.NoSender
    bridge = Bridge.objects.create(
        officer=officer,
        call=leg,
        token=uuid4(),
        sender=sender.id,
        number_index=blind_index(number),
        code=code,
        status=CallStatus.QUEUED,
        created_at=now,
    )
    transaction.on_commit(lambda: queues.put(queues.URGENT, JOB, bridge.pk))
    return bridge


def _locked(token: UUID) -> Bridge | None:
    """The call under the locks of its person, if it has one, and its own: the same order everywhere."""
    ends = Call.objects.filter(Q(bridge__token=token) | Q(rung_for__token=token))
    contact = ends.values_list("contact", flat=True).first()
    if contact is not None:
        ContactPoint.objects.select_for_update(no_key=True).filter(pk=contact).first()
    rows = Bridge.objects.select_for_update(no_key=True, of=("self",))
    found = rows.select_related("officer", "call__contact", "caller__contact").filter(token=token)
    return found.first()


def _learn(bridge: Bridge, update: CallUpdate, now: datetime) -> None:
    bridge.provider_sid = bridge.provider_sid or update.sid
    bridge.placed_at = bridge.placed_at or now
    if update.status is not None and update.status.rank > bridge.rank:
        bridge.status, bridge.rank = update.status, update.status.rank
        bridge.error_code = update.code
    bridge.save()


def _pressed(bridge: Bridge, tag: str, now: datetime) -> str:
    """Connect, or confirm. Delivered again, the same document: the provider plays it once."""
    if bridge.caller is not None:
        return _taken(bridge, bridge.caller, now)
    if bridge.call is None:
        confirmed = officer_phones.confirm(bridge.officer, bytes(bridge.number_index), now)
        _end(bridge, Outcome.CONFIRMED if confirmed else Outcome.FAILED, now)
        return twiml.goodbye(prompts.goodbye(), tag)
    leg = bridge.call
    if people.is_opted_out(leg.contact):
        _end(bridge, Outcome.FAILED, now)
        return twiml.goodbye(prompts.goodbye(), tag)
    if bridge.pressed_at is None:
        bridge.pressed_at = now
        bridge.save(update_fields=["pressed_at"])
    return twiml.connecting(
        leg.contact.phone,
        leg.sender,
        then=twiml.bridge_url(bridge.token, PARTED),
        status_url=twiml.status_url(leg.token),
        rings=outbound.RINGS_FOR,
    )


def _taken(bridge: Bridge, caller: Call, now: datetime) -> str:
    """The officer takes the call, and what the caller waits with in the inbox is theirs."""
    if bridge.pressed_at is None:
        bridge.pressed_at = now
        bridge.save(update_fields=["pressed_at"])
        claims.speaks_with(bridge.officer, caller.contact, now)
    return twiml.connected()


def _parted(bridge: Bridge, turn: CallTurn, now: datetime) -> None:
    """The provider's last word on the connection goes before what was made of its parts."""
    if bridge.call is None or turn.connected is None:
        return
    leg = bridge.call
    if turn.connected.rank > leg.rank:
        leg.status, leg.rank, leg.status_at = turn.connected, turn.connected.rank, now
        leg.provider_sid = leg.provider_sid or turn.connected_sid or None
        leg.save()
    _end(bridge, _OF_PERSON.get(turn.connected, Outcome.NO_ANSWER), now)


def _outcome(bridge: Bridge, status: CallStatus) -> Outcome:
    """What the end of the officer's line means when nobody has said more."""
    if bridge.pressed_at is not None and bridge.caller_id is not None:
        return Outcome.CONNECTED
    if bridge.pressed_at is not None and bridge.call is not None:
        return _OF_PERSON.get(bridge.call.status, Outcome.NO_ANSWER)
    if status is CallStatus.COMPLETED:
        return Outcome.NOT_PRESSED
    return Outcome.NOT_RUNG if status is CallStatus.FAILED else Outcome.NOT_PICKED_UP


def _end(bridge: Bridge, outcome: Outcome, now: datetime) -> None:
    bridge.outcome, bridge.code = outcome, ""
    bridge.ended_at = bridge.ended_at or now
    bridge.save()
    over = CallStatus.COMPLETED if outcome is Outcome.CONNECTED else CallStatus.CANCELED
    Call.objects.filter(bridge=bridge, rank__lt=over.rank).update(status=over, rank=over.rank, status_at=now)


def _tag(officer: Officer) -> str:
    """A language of a voice: what an officer is told is no clip."""
    return voices.stand_in(officer.language)


async def _ring(bridge_id: int, clock: Callable[[], datetime]) -> None:
    waiting = Bridge.objects.select_related("officer", "call").filter(
        pk=bridge_id, placed_at=None, ended_at=None, created_at__gt=clock() - WORTH_RINGING
    )
    bridge = await sync_to_async(waiting.first)()
    if bridge is None:
        return
    to = await sync_to_async(_take)(bridge, clock) if await _lines_are_free(bridge) else None
    if to is None:
        await sync_to_async(end)(bridge, Outcome.NO_LINE, clock())
        return
    provider = gateway.provider()
    try:
        await _place(provider, bridge, to, clock)
    finally:
        await provider.close()


async def _lines_are_free(bridge: Bridge) -> bool:
    """Whether the senders of both ends may place a call now; one and the same sender places two."""
    ends = [bridge.sender, *([bridge.call.sender] if bridge.call else [])]
    for sender in dict.fromkeys(ends):
        if not await gateway.line_is_free(sender, Channel.VOICE, ends.count(sender), row=bridge.pk):
            return False
    return True


def _take(bridge: Bridge, clock: Callable[[], datetime]) -> PhoneNumber | None:
    """The officer's number, the call being ours to place; None without a line, or when the number changed."""
    now = clock()
    with transaction.atomic():
        phone = officer_phones.of(bridge.officer)
        if phone is None or blind_index(phone.phone) != bytes(bridge.number_index):
            return None
        ends = [bridge.sender, *([bridge.call.sender] if bridge.call else [])]
        if not all(outbound.room(sender, ends.count(sender), now) for sender in sorted(set(ends))):
            return None
        mine = Bridge.objects.filter(pk=bridge.pk, placed_at=None, ended_at=None)
        if not mine.update(placed_at=now):
            return None
        Call.objects.filter(bridge=bridge).update(placed_at=now)
        return phone.phone


async def _place(provider: Provider, bridge: Bridge, to: PhoneNumber, clock: Callable[[], datetime]) -> None:
    wanted = OutboundCall(
        to=to,
        sender=bridge.sender,
        url=twiml.bridge_url(bridge.token, 0),
        status_url=twiml.bridge_status_url(bridge.token),
        ring_seconds=outbound.RINGS_FOR,
    )
    try:
        placed = await provider.place_call(wanted)
    except Refused as refusal:
        await sync_to_async(_refused)(bridge, refusal, clock())
    except OutcomeUnknown:
        logger.warning("an officer's telephone: unknown whether it rings", extra={"row": bridge.pk})
    else:
        await sync_to_async(Bridge.objects.filter(pk=bridge.pk, provider_sid=None).update)(
            provider_sid=placed.sid
        )


def _refused(bridge: Bridge, refusal: Refused, now: datetime) -> None:
    if refusal.code is not None and rule_for(refusal.code).alarms:
        logger.error("provider alarm: code %s", refusal.code, extra={"code": refusal.code, "count": 1})
    later = refusal.decision in {Decision.RETRY, Decision.LATER}
    end(bridge, Outcome.NO_LINE if later else Outcome.NOT_RUNG, now, refusal.code)


async def _poll(clock: Callable[[], datetime]) -> int:
    provider = gateway.provider()
    over = 0
    try:
        for bridge in await sync_to_async(_stuck)(clock()):
            over += await _asked_about(provider, bridge, clock)
    finally:
        await provider.close()
    return over


def _stuck(now: datetime) -> list[Bridge]:
    rows = Bridge.objects.select_related("officer").filter(ended_at=None, placed_at__lte=now - STUCK_AFTER)
    return list(rows.order_by(F("placed_at"))[:_AT_ONCE])


async def _asked_about(provider: Provider, bridge: Bridge, clock: Callable[[], datetime]) -> bool:
    """Whether the call turned out to be over. One that was never placed is: nobody waits any more."""
    now = clock()
    if bridge.placed_at is None or bridge.placed_at <= now - _GIVEN_UP_AFTER:
        await sync_to_async(end)(bridge, Outcome.NOT_RUNG, now)
        return True
    try:
        sid = bridge.provider_sid or await _traced(provider, bridge)
        if sid is None:
            await sync_to_async(end)(bridge, Outcome.NOT_RUNG, now)
            return True
        update = await provider.fetch_call(sid)
    except ProviderError:
        return False
    await sync_to_async(note)(bridge.token, update, now)
    return update.status is not None and update.status.is_final


async def _traced(provider: Provider, bridge: Bridge) -> str | None:
    """The provider's name for a call of unknown outcome; None is a proven absence. Raises ProviderError."""
    phone = await sync_to_async(officer_phones.of)(bridge.officer)
    if phone is None or bridge.placed_at is None:
        return None
    since = bridge.placed_at - delivery.CLOCK_SKEW
    listed = [one async for one in provider.list_calls(phone.phone, since=since)]
    known = await sync_to_async(_known)([one.sid for one in listed])
    return next((one.sid for one in listed if one.sender == bridge.sender and one.sid not in known), None)


def _known(sids: list[str]) -> set[str | None]:
    return set(Bridge.objects.filter(provider_sid__in=sids).values_list("provider_sid", flat=True))
