"""News of messages becomes news of recipients, and of the campaign's open pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.dispatch import receiver
from django.utils import timezone

from campaigns import live
from campaigns.models import Attempt, Campaign, Recipient
from core.models import Message
from core.signals import delivery_changed

_RISE: Final = f"""
UPDATE {Recipient._meta.db_table} r SET delivery = m.status, progress = a.step * 10 + m.rank
FROM {Attempt._meta.db_table} a JOIN {Message._meta.db_table} m ON m.id = a.message_id
WHERE a.recipient_id = r.id AND r.progress < a.step * 10 + m.rank AND r.progress > 0 AND
"""  # noqa: S608 - the tables' names are ours
_BY_MESSAGE: Final = f"{_RISE} m.id = ANY(%s) RETURNING r.campaign_id"
_OPEN: Final = "r.campaign_id = ANY(%s) AND r.delivery IN ('sending', 'sent')"
_BY_CAMPAIGN: Final = f"{_RISE} {_OPEN} RETURNING r.campaign_id"


@receiver(delivery_changed, dispatch_uid="campaigns.progress")
def on_delivery_changed(*, messages: Sequence[int], **_: object) -> None:
    """Listen to core.signals.delivery_changed: let the recipients of these messages rise with them."""
    _rise(_BY_MESSAGE, list(messages), timezone.now())


def catch_up(now: datetime, since: datetime) -> int:
    """Repeat what a process did not live to pass on, for campaigns not over before `since`."""
    current = Campaign.objects.exclude(launched_at=None).exclude(ended_at__lt=since)
    return _rise(_BY_CAMPAIGN, list(current.values_list("pk", flat=True)), now)


def _rise(sql: str, ids: list[int], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, [ids])
        rows = cursor.fetchall()
    for campaign in sorted({campaign for (campaign,) in rows}):
        live.publish_after_commit(campaign, now)
    return len(rows)
