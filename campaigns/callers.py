"""People who call while a check-in is out where they are: it comes first, though it never asked them."""

from datetime import datetime
from typing import Final

from django.db.models import Q

from campaigns.models import Batch, Campaign, Recipient
from core.models import ContactPoint
from core.turn import Turn
from telephony.messages import DeliveryStatus

_HEARD: Final = DeliveryStatus.DELIVERED


def recipient_of(turn: Turn, ended_after: datetime) -> Recipient | None:
    """The caller as a recipient of the latest check-in in the country of their number or of their trip.

    Their own row where the campaign has one, asked or not; else a row that is not stored: nobody becomes a
    recipient before they answer. None where no check-in is out, or the last one ended before `ended_after`.
    """
    here = {trip.country for trip in turn.trips if trip.start <= turn.today <= trip.end}
    out = Campaign.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=ended_after),
        kind=Campaign.Kind.CHECK_IN,
        drill=False,
        closed_at=None,
        launched_at__isnull=False,
    ).exclude(state=Campaign.State.STOPPED)
    for campaign in out.order_by("-launched_at", "-pk"):
        if (here | {turn.contact.region}) & set(campaign.audience["countries"]):
            return _row(campaign, turn.contact)
    return None


def recipient_in(campaign_id: int, contact: ContactPoint) -> Recipient | None:
    """The caller as a recipient of that check-in, as above; None when it was deleted."""
    campaign = Campaign.objects.filter(pk=campaign_id).first()
    return _row(campaign, contact) if campaign else None


def keep(recipient: Recipient, sender: str, now: datetime) -> None:
    """Store the row of somebody who has answered on a call. It is part of no sending and no ladder."""
    batch = Batch.objects.filter(campaign=recipient.campaign, sender=sender, state=Batch.State.DONE).first()
    recipient.batch = batch or Batch.objects.create(
        campaign=recipient.campaign, sender=sender, state=Batch.State.DONE
    )
    recipient.delivery, recipient.progress, recipient.step = _HEARD, 10 + _HEARD.rank, 1
    recipient.asked_at = recipient.answered_at = now
    recipient.save()


def _row(campaign: Campaign, contact: ContactPoint) -> Recipient:
    theirs = Q(contact=contact)
    if contact.person_id is not None:
        theirs |= Q(contact__person=contact.person_id)
    known = Recipient.objects.select_related("campaign").filter(theirs, campaign=campaign)
    return known.order_by("-asked_at", "-pk").first() or Recipient(
        campaign=campaign, contact=contact, language=contact.language
    )
