"""How a campaign fares, counted from the rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from campaigns.models import PLANNED, Campaign, Recipient
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


def of(campaign: Campaign) -> Tally:
    """The campaign's tally: one grouped query, answered from the index alone."""
    rows = Recipient.objects.filter(campaign=campaign).values_list("delivery", "answer")
    return counted(rows.annotate(Count("pk")).order_by())


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
