"""How a campaign fares, counted from the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Count

from campaigns.models import PLANNED, Attempt, Campaign, Recipient
from campaigns.progress import REACH
from core.models import Message
from telephony.messages import DeliveryStatus

_ON_ITS_WAY: Final = {DeliveryStatus.QUEUED.value, DeliveryStatus.SENDING.value}


@dataclass(frozen=True, slots=True)
class Tally:
    """Recipients by where their message is, and by what they said; every recipient is in one of each.

    By message: `planned + sending + sent + delivered + failed == total`. By person: the four answers and
    `acknowledged` (has read an alert that asks for it, which is never "safe"), `silent` (the message left or
    arrived and nobody answered), `unreachable` (it failed, was not wanted any more, and nobody answered) and
    those still waiting for the message. Somebody whose message failed and who answered all the same counts as
    answered.
    """

    total: int = 0
    planned: int = 0
    sending: int = 0
    sent: int = 0
    delivered: int = 0
    failed: int = 0
    safe: int = 0
    needs_help: int = 0
    not_there: int = 0
    unclear: int = 0
    acknowledged: int = 0
    silent: int = 0
    unreachable: int = 0

    @property
    def answered(self) -> int:
        """Everyone who said something."""
        return self.safe + self.needs_help + self.not_there + self.unclear + self.acknowledged


@dataclass(frozen=True, slots=True)
class Recount:
    """The tally that pages show, and the same counted anew, message by message; both of one moment."""

    shown: Tally
    counted: Tally

    @property
    def agrees(self) -> bool:
        """Whether each figure is the same."""
        return self.shown == self.counted


def of(campaign: Campaign) -> Tally:
    """The campaign's tally: one grouped query, answered from the index alone."""
    rows = Recipient.objects.filter(campaign=campaign).values_list("delivery", "answer")
    return counted(rows.annotate(Count("pk")).order_by())


def recount(campaign: Campaign) -> Recount:
    """Count again without what is kept beside each recipient: seconds for a million of them.

    Somebody whose every message is deleted, and somebody who never got one, counts as their row says.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, [campaign.pk])
        rows = cursor.fetchall()
    return Recount(
        shown=counted((shown, answer, count) for shown, _, answer, count in rows),
        counted=counted((found, answer, count) for _, found, answer, count in rows),
    )


def counted(rows: Iterable[tuple[str, str, int]]) -> Tally:
    """The tally of (delivery, answer, count) groups."""
    counts = dict.fromkeys(Tally.__dataclass_fields__, 0)
    for delivery, answer, count in rows:
        place = _place(delivery)
        counts["total"] += count
        counts[place] += count
        if answer:
            counts[answer] += count
        elif place in {"sent", "delivered"}:
            counts["silent"] += count
        elif place == "failed":
            counts["unreachable"] += count
    return Tally(**counts)


def _place(delivery: str) -> str:
    if delivery == PLANNED:
        return "planned"
    if delivery in _ON_ITS_WAY:
        return "sending"
    if delivery in {DeliveryStatus.SENT, DeliveryStatus.DELIVERED}:
        return delivery
    return "failed"


# One statement, so that both sides are of one moment however much is going on. What was put back has never
# left; of several messages that which got furthest counts, among those that failed the last.
_RECOUNT: Final = f"""
SELECT r.delivery, COALESCE(best.status, r.delivery), r.answer, count(*)
FROM {Recipient._meta.db_table} r LEFT JOIN LATERAL (
    SELECT m.status FROM {Attempt._meta.db_table} a JOIN {Message._meta.db_table} m ON m.id = a.message_id
    WHERE a.recipient_id = r.id AND NOT (m.status = '{DeliveryStatus.QUEUED}' AND m.provider_sid IS NULL)
    ORDER BY {REACH % "m.status"} DESC, a.step DESC LIMIT 1
) best ON TRUE
WHERE r.campaign_id = %s GROUP BY 1, 2, 3
"""  # noqa: S608 - the names of tables and states are ours
