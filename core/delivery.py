"""What becomes of a text once it is said: its status only rises, and nothing is sent twice.

A row is `queued` while it waits for us, `sending` from the moment a request may be made, whatever its
outcome. A `sending` row without the provider's sid is of unknown outcome until a callback or the provider's
own list tells.
"""

import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, cast

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, Exists, F, Field, OuterRef, Q, Value, When

from core import breaker, gateway, people, queues
from core.models import ContactPoint, Message
from core.signals import delivery_changed
from core.statements import asked
from telephony import segments
from telephony.direction import in_order
from telephony.errors import Decision, is_of_account, is_of_sender, rule_for
from telephony.messages import Channel, DeliveryStatus, ListedMessage, StatusUpdate
from telephony.numbers import PhoneNumber
from telephony.provider import Provider
from telephony.senders import Sender

logger = logging.getLogger(__name__)

SURE_AFTER: Final = timedelta(seconds=45)
"""How long after a request the provider's list is complete: three times the longest request (15 s)."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""How far the provider's clock may be behind ours: its list is read from that much before the request."""

_SENDING: Final = DeliveryStatus.SENDING

# One statement for hundreds of rows: the ORM's CASE of as many branches costs more than the sending itself.
_ACCEPTED: Final = f"""
UPDATE {Message._meta.db_table} AS message SET provider_sid = answer.sid
FROM unnest(%s::bigint[], %s::text[]) AS answer (id, sid)
WHERE message.id = answer.id AND message.provider_sid IS NULL
"""  # noqa: S608 - the table's name is ours

# Prepared: half a country's news come within minutes. It is `_risen` in SQL.
_NEWS: Final = f"""
WITH risen AS (
    UPDATE {Message._meta.db_table} AS message SET
        status = CASE WHEN rank < %s THEN %s ELSE status END,
        error_code = CASE WHEN rank < %s THEN %s ELSE error_code END,
        status_at = CASE WHEN rank < %s THEN %s ELSE status_at END,
        rank = GREATEST(rank, %s),
        provider_sid = CASE WHEN provider_sid IS NULL AND NOT EXISTS (
            SELECT FROM {Message._meta.db_table} AS other WHERE other.provider_sid = %s
        ) THEN %s ELSE provider_sid END
    WHERE token = %s AND (rank < %s OR provider_sid IS NULL)
    RETURNING id, contact_id, channel
)
SELECT id, contact_id, channel, TRUE FROM risen
UNION ALL
SELECT id, contact_id, channel, FALSE FROM {Message._meta.db_table}
WHERE token = %s AND NOT EXISTS (SELECT FROM risen)
"""  # noqa: S608 - the table's name is ours
# The same for many. Who holds many rows waits for none: those that another transaction has are left out.
_NEWS_OF_MANY: Final = f"""
WITH told AS (
    SELECT message.id, message.contact_id, message.channel, news.* FROM {Message._meta.db_table} AS message
    JOIN unnest(%s::uuid[], %s::smallint[], %s::text[], %s::int[], %s::text[])
        AS news (token, new_rank, new_status, code, sid) USING (token)
    FOR NO KEY UPDATE OF message SKIP LOCKED
), risen AS (
    UPDATE {Message._meta.db_table} AS message SET
        status = CASE WHEN rank < new_rank THEN new_status ELSE status END,
        error_code = CASE WHEN rank < new_rank THEN code ELSE error_code END,
        status_at = CASE WHEN rank < new_rank THEN %s ELSE status_at END,
        rank = GREATEST(rank, new_rank),
        provider_sid = CASE WHEN provider_sid IS NULL AND NOT EXISTS (
            SELECT FROM {Message._meta.db_table} AS other WHERE other.provider_sid = sid
        ) THEN sid ELSE provider_sid END
    FROM told WHERE message.id = told.id AND (rank < new_rank OR provider_sid IS NULL)
    RETURNING message.id
)
SELECT token, id, contact_id, channel, id IN (SELECT id FROM risen) FROM told
"""  # noqa: S608 - the table's name is ours
_REFUSALS: Final = frozenset({DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED})


class OptedOut(Exception):
    """The person said STOP: nothing is sent to that phone."""


class NoSender(Exception):
    """No sender of ours reaches that country."""


@dataclass(frozen=True, slots=True)
class News:
    """What the provider tells of the message with that token."""

    token: uuid.UUID
    update: StatusUpdate


@dataclass(frozen=True, slots=True)
class Unsure:
    """A request whose outcome nobody knows: what to look for in the provider's list."""

    message: int
    to: PhoneNumber
    sender: str
    body: str = field(repr=False)
    since: datetime


def status_url(token: uuid.UUID) -> str:
    """Where the provider reports on the message of that token."""
    return f"{settings.PUBLIC_BASE_URL}/sms/status/{token}"


def record(token: uuid.UUID, update: StatusUpdate, *, now: datetime) -> bool:
    """Take in news of the message with that token; False when there is no such message.

    The rank only rises, the first of the ends wins, and a sid that was never learnt is learnt here. After
    the commit `delivery_changed` is sent, once for each rise.
    """
    # One statement is all or nothing by itself; only a refusal marks the phone as well.
    with transaction.atomic() if update.status in _REFUSALS else nullcontext():
        row = _take_in(token, update, now)
        if row is None:
            return False
        message, contact, channel, risen = row
        if risen:
            _note_refusals([(contact, channel, update.code)], update.status, now)
            _announce([message])
    return True


def record_all(news: Sequence[News], *, now: datetime) -> Sequence[bool]:
    """`record` for each in turn, most of them in one statement.

    By itself goes what comes after the first news of a message, and news of a message that somebody else
    holds or nobody knows. When this raises, some may be kept; all may be given again.
    """
    taken = _take_in_all(news, now) if len(news) > 1 else frozenset()
    return [place in taken or record(one.token, one.update, now=now) for place, one in enumerate(news)]


def accepted(sids: Sequence[tuple[int, str]]) -> Sequence[int]:
    """Write down the provider's sids, (message, sid) each. Rows that a callback healed keep theirs.

    Returns the messages whose sid another message of ours has: what became of them is to be asked.
    """
    return named(_ACCEPTED, sids)


def named(statement: str, sids: Sequence[tuple[int, str]]) -> Sequence[int]:
    """Run the statement that names rows, with arrays of their messages and sids; who was left out.

    One row whose sid is taken does not keep the others from theirs.
    """
    if not sids or _name(statement, sids):
        return ()
    nameless = [message for message, sid in sids if not _name(statement, [(message, sid)])]
    for message in nameless:
        logger.error("provider alarm: it gave one name to two messages", extra={"row": message})
    return nameless


def not_taken(codes: Mapping[int, int]) -> None:
    """These wait or are of unknown outcome: the code with which the provider did not take each of them.

    Kept where it may be the fault of the sender, for core.sender_health, until the next request.
    """
    for code in {code for code in codes.values() if is_of_sender(code)}:
        ids = [message for message, of in codes.items() if of == code]
        waiting = Message.objects.filter(
            pk__in=ids, provider_sid=None, status__in=[DeliveryStatus.QUEUED, _SENDING]
        )
        waiting.update(error_code=code)


def refused(codes: Sequence[tuple[int, int | None]], *, now: datetime) -> None:
    """The provider turned these down for good, (message, code) each: failed, and what follows from that."""
    status = DeliveryStatus.FAILED
    with transaction.atomic():
        for code in {code for _, code in codes}:
            ids = [message for message, of in codes if of == code]
            Message.objects.filter(pk__in=ids, rank__lt=status.rank).update(
                status=status, rank=status.rank, error_code=code, status_at=now
            )
            phones = Message.objects.filter(pk__in=ids).values_list("contact_id", "channel")
            _note_refusals([(contact, channel, code) for contact, channel in phones], status, now)
        _announce([message for message, _ in codes])


def put_back(messages: Sequence[int]) -> int:
    """These were certainly not accepted: they wait again. Returns how many; healed or moved rows are left."""
    return Message.objects.filter(pk__in=messages, status=_SENDING, provider_sid=None).update(
        status=DeliveryStatus.QUEUED, rank=DeliveryStatus.QUEUED.rank
    )


async def trace(provider: Provider, unsure: Unsure) -> Sequence[ListedMessage]:
    """What the provider's list has that may be this request, oldest first; empty is a proven absence.

    Conclusive only SURE_AFTER the request. A listed message whose words were redacted counts as a match.
    Raises ProviderError when the provider does not answer, which proves nothing.
    """
    found: list[ListedMessage] = []
    async for listed in provider.list_messages(unsure.to, since=unsure.since):
        if listed.sender == unsure.sender and listed.body.strip() in {"", unsure.body.strip()}:
            found.append(listed)
    return found[::-1]


def adopt(message: int, candidates: Sequence[ListedMessage], *, now: datetime) -> bool:
    """Give the message the first candidate that no other message of ours is; False when none is left.

    A candidate whose sid is that of a message to another phone went to this phone all the same: the provider
    has used one name twice. The message stays without a name then, and is not sent again.
    """
    for listed in candidates:
        taken = Message.objects.filter(provider_sid=listed.sid).exclude(pk=message)
        update = StatusUpdate(sid=listed.sid, status=listed.status, code=listed.code)
        rows = Message.objects.filter(~Exists(taken), pk=message)
        if rows.update(**_risen(update, now)):
            _announce([message])
            return True
    return _adopt_nameless(message, candidates, now)


def send_one(contact: ContactPoint, text: str, *, now: datetime) -> Message:
    """Say something to one person, as an officer's reply does: kept now, sent by the urgent queue.

    The sender is the one this phone last spoke with, else its own. Raises OptedOut or NoSender.
    """
    if people.is_opted_out(contact):
        raise OptedOut
    sender = _sender_of(contact)
    body = in_order(text)
    message = Message.objects.create(
        contact=contact,
        direction=Message.Direction.OUT,
        channel=Channel.SMS,
        sender=sender.id,
        body=body,
        created_at=now,
        token=uuid.uuid4(),
        status=DeliveryStatus.QUEUED,
        rank=DeliveryStatus.QUEUED.rank,
        segments=segments.count(body).segments,
        status_at=now,
    )
    transaction.on_commit(lambda: queues.put(queues.URGENT, "core.jobs.send_text", message.pk))
    return message


def _name(statement: str, sids: Sequence[tuple[int, str]]) -> bool:
    """Whether all of them could be named; none is where one could not."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [[message for message, _ in sids], [sid for _, sid in sids]])
    except IntegrityError:
        return False
    return True


def _adopt_nameless(message: int, candidates: Sequence[ListedMessage], now: datetime) -> bool:
    contact = Message.objects.values_list("contact", flat=True).get(pk=message)
    sids = [listed.sid for listed in candidates]
    elsewhere = Message.objects.filter(provider_sid__in=sids).exclude(contact=contact)
    taken = set(elsewhere.values_list("provider_sid", flat=True))
    for listed in candidates:
        if listed.sid in taken:
            logger.error("provider alarm: it gave one name to two messages", extra={"row": message})
            # Nobody can ask for it by that name: short of a callback, this is the last that is heard of it.
            status = max(listed.status, DeliveryStatus.SENT, key=lambda one: one.rank)
            update = StatusUpdate(sid=listed.sid, status=status, code=listed.code)
            Message.objects.filter(pk=message).update(**_risen(update, now))
            _announce([message])
            return True
    return False


def _take_in(token: uuid.UUID, update: StatusUpdate, now: datetime) -> tuple[int, int, str, bool] | None:
    """Let the message rise: its key, its phone's, its channel, whether it rose; None for no such message."""
    rank, sid = update.status.rank, update.sid
    values = (rank, update.status.value, rank, update.code, rank, now, *(rank, sid, sid, token, rank, token))
    row: tuple[int, int, str, bool] | None = asked(_NEWS, values).fetchone()
    return row


def _firsts(news: Sequence[News]) -> Mapping[uuid.UUID, int]:
    """The place of the first news of each message, by token; none of a name that came before."""
    tokens, sids, places = set[uuid.UUID](), set[str](), dict[uuid.UUID, int]()
    for place, one in enumerate(news):
        if one.token not in tokens and one.update.sid not in sids:
            places[one.token] = place
        tokens.add(one.token)
        sids.add(one.update.sid)
    return places


def _take_in_all(news: Sequence[News], now: datetime) -> Collection[int]:
    """Let the messages rise whose first news these are; the places of what is taken in."""
    places = _firsts(news)
    updates = [news[place].update for place in places.values()]
    values = [
        list(places),
        [update.status.rank for update in updates],
        [update.status.value for update in updates],
        [update.code for update in updates],
        [update.sid for update in updates],
        now,
    ]
    kinds = {update.status for update in updates} & _REFUSALS
    with transaction.atomic() if kinds else nullcontext():
        rows = asked(_NEWS_OF_MANY, values).fetchall()
        risen = [(news[places[token]].update, *phone) for token, *phone, rose in rows if rose]
        for status in kinds:
            of_status = [(who, on, told.code) for told, _, who, on in risen if told.status is status]
            _note_refusals(of_status, status, now)
        _announce([message for _, message, _, _ in risen])
    return {places[token] for token, *_ in rows}


def _risen(update: StatusUpdate, now: datetime) -> dict[str, Case]:
    """The columns of one UPDATE that raises the status where it rises and heals a missing sid in any case."""
    higher = Q(rank__lt=update.status.rank)
    taken = Message.objects.filter(provider_sid=update.sid).exclude(pk=OuterRef("pk"))
    unknown = Q(~Exists(taken), provider_sid=None)
    return {
        "status": _where(higher, update.status.value, "status"),
        "error_code": _where(higher, update.code, "error_code"),
        "status_at": _where(higher, now, "status_at"),
        "rank": _where(higher, update.status.rank, "rank"),
        "provider_sid": _where(unknown, update.sid, "provider_sid"),
    }


def _where(condition: Q, value: str | int | datetime | None, column: str) -> Case:
    """The value where the condition holds, else what the column holds already."""
    field = cast("Field[object, object]", Message._meta.get_field(column))
    return Case(When(condition, then=Value(value, output_field=field)), default=F(column), output_field=field)


def _note_refusals(
    refusals: Sequence[tuple[int, str, int | None]], status: DeliveryStatus, now: datetime
) -> None:
    """Remember what a refusal says about the phone: said STOP, or takes no texts, or no calls.

    (contact, channel, code) each.
    """
    if status not in _REFUSALS:
        return
    for channel, code in {(channel, code) for _, channel, code in refusals if code is not None}:
        rule = rule_for(code)
        contacts = [contact for contact, on, of in refusals if (on, of) == (channel, code)]
        if is_of_account(code):
            breaker.trip(code, now)
        elif rule.alarms:
            logger.error("provider alarm: code %s", code, extra={"code": code, "count": len(contacts)})
        if rule.decision is Decision.OPT_OUT:
            for contact in ContactPoint.objects.filter(pk__in=contacts):
                people.opt_out(contact, now=now, source="provider")
        elif rule.known and rule.decision in {Decision.OTHER_CHANNEL, Decision.NEVER}:
            column = "sms_refused" if channel == Channel.SMS else "voice_refused"
            ContactPoint.objects.filter(pk__in=contacts).update(**{column: code})


def _announce(messages: Sequence[int]) -> None:
    transaction.on_commit(lambda: delivery_changed.send(sender=None, messages=list(messages)))


def _sender_of(contact: ContactPoint) -> Sender:
    last = contact.messages.order_by("-created_at").values_list("sender", flat=True).first()
    known = gateway.sender_named(last) if last else None
    if known and known.sms and known.reaches(contact.region):
        return known
    found = gateway.sender_for(contact.region, Channel.SMS, key=contact.pk)
    if found is None:
        raise NoSender
    return found
