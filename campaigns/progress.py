"""News of messages becomes news of recipients, and of the campaign's open pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from campaigns import live
from campaigns.models import Attempt, Campaign, Recipient
from core.models import Message
from core.signals import delivery_changed
from core.statements import asked
from telephony.errors import CODES, Decision
from telephony.messages import Channel, DeliveryStatus

REACH: Final = "CASE %s WHEN 'delivered' THEN 3 WHEN 'sent' THEN 2 WHEN 'sending' THEN 1 ELSE 0 END"
"""SQL: how far a message with the status in that column got towards the person."""

_FAILED: Final = (DeliveryStatus.FAILED, DeliveryStatus.UNDELIVERED)
_LATER: Final = sorted(rule.code for rule in CODES.values() if rule.decision is Decision.LATER)

# A recipient's delivery is that of the attempt which got furthest: a call that was busy does not take back
# that a text arrived. A text that failed for good brings the next rung forward; other failures wait for it.
# Whoever was put back, and hears of what the provider took all the same, has been asked.
_RISE: Final = f"""
UPDATE {Recipient._meta.db_table} r SET delivery = m.status, progress = a.step * 10 + m.rank,
    asked_at = COALESCE(r.asked_at, m.status_at),
    due_at = CASE WHEN r.due_at > %s AND a.step = r.step AND a.channel = '{Channel.SMS}'
            AND m.status IN ('failed', 'undelivered') AND COALESCE(m.error_code, 0) <> ALL(%s::int[])
        THEN m.status_at ELSE r.due_at END
FROM {Attempt._meta.db_table} a JOIN {Message._meta.db_table} m ON m.id = a.message_id
WHERE a.recipient_id = r.id
    AND (r.progress / 10 = a.step AND r.progress < a.step * 10 + m.rank
        OR r.progress / 10 < a.step AND {REACH % "m.status"} > {REACH % "r.delivery"}) AND
"""  # noqa: S608 - the tables' names are ours
_RISEN: Final = "RETURNING r.id, r.campaign_id, r.delivery"
# Of one message, as its news come in: of a list the database would make a plan anew each time.
_BY_MESSAGE: Final = f"{_RISE} m.id = %s {_RISEN}"
_BY_MESSAGES: Final = f"{_RISE} m.id = ANY(%s::bigint[]) {_RISEN}"
_BY_RECIPIENT: Final = f"{_RISE} r.id = ANY(%s::bigint[]) {_RISEN}"
# Who holds many rows waits for none: a recipient that another transaction has gets a statement of its own.
_FREE: Final = f"""
WITH free AS MATERIALIZED (
    SELECT a.message_id FROM {Attempt._meta.db_table} a
    JOIN {Recipient._meta.db_table} r ON r.id = a.recipient_id
    WHERE a.message_id = ANY(%s::bigint[]) FOR NO KEY UPDATE OF r SKIP LOCKED
)
SELECT message_id, message_id IN (SELECT message_id FROM free)
FROM {Attempt._meta.db_table} WHERE message_id = ANY(%s::bigint[])
"""  # noqa: S608 - the tables' names are ours
_OPEN: Final = "r.campaign_id = ANY(%s::bigint[]) AND r.delivery IN ('sending', 'sent')"
_BY_CAMPAIGN: Final = f"{_RISE} {_OPEN} {_RISEN}"
_WHOLE: Final = f"{_RISE} r.campaign_id = ANY(%s::bigint[]) {_RISEN}"


@receiver(delivery_changed, dispatch_uid="campaigns.progress")
def on_delivery_changed(*, messages: Sequence[int], **_: object) -> None:
    """Listen to core.signals.delivery_changed: let the recipients of these messages rise with them."""
    now, alone = timezone.now(), list(messages)
    if len(messages) > 1:
        with transaction.atomic():
            found = asked(_FREE, [alone, alone]).fetchall()
            _rise(_BY_MESSAGES, [message for message, is_free in found if is_free], now)
        alone = [message for message, is_free in found if not is_free]
    for message in alone:
        _rise(_BY_MESSAGE, message, now)


def catch_up(now: datetime, since: datetime) -> int:
    """Repeat what a process did not live to pass on, for campaigns not over before `since`."""
    current = Campaign.objects.exclude(launched_at=None).exclude(ended_at__lt=since)
    return _rise(_BY_CAMPAIGN, list(current.values_list("pk", flat=True)), now)


def catch_up_with_all(campaign: Campaign, now: datetime) -> int:
    """The same for everybody in one campaign, whatever their delivery is; returns how many rose."""
    return _rise(_WHOLE, [campaign.pk], now)


def _rise(sql: str, of: int | list[int], now: datetime) -> int:
    rows = asked(sql, [now, _LATER, of]).fetchall()
    for campaign in sorted({campaign for _, campaign, _ in rows}):
        live.publish_after_commit(campaign, now)
    # A text that failed late uncovers the one after it, whose news changed nothing when it came.
    if failed := [recipient for recipient, _, delivery in rows if delivery in _FAILED]:
        _rise(_BY_RECIPIENT, failed, now)
    return len(rows)
