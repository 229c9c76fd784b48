"""Who is taken out of a batch at the last moment, to be asked later: asleep, or asked by another just now."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from campaigns import waking
from campaigns.models import SKIPPED, Attempt, Batch, Campaign, Recipient
from channels_voice.models import Call
from core.models import ContactPoint
from telephony.messages import CallStatus, Channel

GIVES_WAY_FOR: Final = timedelta(hours=1)
"""How long a check-in waits at most for the answer to a more urgent one, whose ladder is over by then."""

_LOOKED_AT_AGAIN: Final = timedelta(minutes=5)
# Nobody is rung about one check-in while another one's call is on the line or just over.
_APART: Final = timedelta(minutes=10)
_ON_THE_LINE: Final = [CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS]
_ON_THE_LINE_FOR: Final = timedelta(hours=1)


def postpone(batch: Batch, campaign: Campaign, now: datetime) -> None:
    """Move whoever is not to be asked now into batches of their own that wait.

    Called where a batch is claimed. Whoever sleeps waits for the morning (campaigns.waking says who); whoever
    still owes a more urgent check-in an answer is asked by that one first, for GIVES_WAY_FOR at most; nobody
    gets two calls about two check-ins within ten minutes. What asks nothing waits only for the morning.
    """
    waits = dict(_busy(batch, campaign, now))
    # Where the rule lets nobody sleep, as in a first question, nobody's clock is looked up.
    waiting = Recipient.objects.filter(batch=batch, step__lt=batch.step)
    if able := list(waking.who_may_wait(campaign, waiting).values_list("pk", flat=True)):
        for recipient, night in waking.nights(campaign, able, now).items():
            if night.waits:
                waits[recipient] = night.until
    moments: dict[datetime, list[int]] = {}
    for recipient, until in waits.items():
        moments.setdefault(until, []).append(recipient)
    for until, recipients in moments.items():
        later = Batch.objects.create(
            campaign=campaign,
            sender=batch.sender,
            urgency=batch.urgency,
            number=batch.number,
            step=batch.step,
            channel=batch.channel,
            waits_until=until,
        )
        Recipient.objects.filter(pk__in=recipients).update(batch=later)


def _busy(batch: Batch, campaign: Campaign, now: datetime) -> Iterator[tuple[int, datetime]]:
    """Recipients of the batch whom another running check-in asks just now, and when to look again."""
    if campaign.kind != Campaign.Kind.CHECK_IN:
        return
    others = Campaign.objects.filter(
        state=Campaign.State.RUNNING, kind=Campaign.Kind.CHECK_IN, closed_at=None
    )
    others = others.exclude(pk=campaign.pk)
    rivals = list(others.values_list("pk", "drill", "urgency"))
    if not rivals:
        return
    # Practice never holds up what is real.
    mine = (not campaign.drill, campaign.urgency)
    first = [pk for pk, drill, urgency in rivals if (not drill, urgency) > mine]
    known: Mapping[str, int | datetime | list[int] | list[str]] = {
        "batch": batch.pk,
        "step": batch.step,
        "rivals": first,
        "since": now - GIVES_WAY_FOR,
        "campaign": campaign.pk,
        "line": now - _ON_THE_LINE_FOR,
        "apart": now - _APART,
        "open": [status.value for status in _ON_THE_LINE],
    }
    with connection.cursor() as cursor:
        if first:
            cursor.execute(_OWES_AN_ANSWER, known)
            yield from ((recipient, now + _LOOKED_AT_AGAIN) for (recipient,) in cursor.fetchall())
        if batch.channel == Channel.VOICE:
            # Two workers with two campaigns must not both find the line free.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('calls to people'))")
            cursor.execute(_ON_ANOTHER_CALL, known)
            yield from ((recipient, now + _APART) for (recipient,) in cursor.fetchall())


_RECIPIENT: Final = Recipient._meta.db_table
_CONTACT: Final = ContactPoint._meta.db_table
# Every phone of whoever waits in the batch.
_PHONES: Final = f"""
FROM {_RECIPIENT} r JOIN {_CONTACT} c ON c.id = r.contact_id
CROSS JOIN LATERAL (
    SELECT c.id UNION SELECT other.id FROM {_CONTACT} other WHERE other.person_id = c.person_id
) phone (id)
"""  # noqa: S608 - the names of tables are ours
_OWES_AN_ANSWER: Final = f"""
SELECT DISTINCT r.id {_PHONES}
JOIN {_RECIPIENT} o ON o.contact_id = phone.id AND o.campaign_id = ANY(%(rivals)s)
JOIN {Campaign._meta.db_table} k ON k.id = o.campaign_id
WHERE r.batch_id = %(batch)s AND r.step < %(step)s AND o.answer = '' AND o.delivery <> '{SKIPPED}'
    AND COALESCE(o.asked_at, k.launched_at) > %(since)s
"""
_ON_ANOTHER_CALL: Final = f"""
SELECT DISTINCT r.id {_PHONES}
JOIN {Call._meta.db_table} l ON l.contact_id = phone.id
LEFT JOIN {Attempt._meta.db_table} a ON a.message_id = l.message_id
LEFT JOIN {_RECIPIENT} o ON o.id = a.recipient_id
WHERE r.batch_id = %(batch)s AND r.step < %(step)s AND o.campaign_id IS DISTINCT FROM %(campaign)s
    AND (l.status = ANY(%(open)s) AND COALESCE(l.placed_at, l.created_at) > %(line)s
        OR o.id IS NOT NULL AND l.placed_at > %(apart)s)
"""  # noqa: S608 - the names of tables and states are ours
