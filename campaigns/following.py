"""Campaigns that go on from an earlier one: updates, all-clears, and asking a country again too soon."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from django.db import transaction

from campaigns.audience import Answered, Audience
from campaigns.models import Campaign, CampaignText, Recipient
from campaigns.states import Move, WrongDraft, WrongState, check, move
from core import audit, languages
from core.models import Officer
from core.officers import Permission

AGAIN_AFTER: Final = timedelta(hours=6)
"""How long a country is left in peace after a check-in unless an officer decides otherwise.

Aftershocks come by the dozen; the rule is that of Japanese safety confirmation services, which do not poll
again within six hours.
"""

_NO_WORDS_YET: Final[Mapping[str, str]] = MappingProxyType({})
_EVERY_ANSWER: Final = ("", *Recipient.Answer.values)


@dataclass(frozen=True, slots=True)
class Follow:
    """How a campaign goes on: as what, and to whom.

    `newcomers`: the earlier rule is asked again too; otherwise it is for exactly those who got the earlier
    one. `spare_safe`: not for those who said that they are safe.
    """

    what: Campaign.FollowUp
    newcomers: bool = True
    spare_safe: bool = False


@transaction.atomic
def follow(
    campaign: Campaign, how: Follow, *, by: Officer, now: datetime, texts: Mapping[str, str] = _NO_WORDS_YET
) -> Campaign:
    """Draft an update to a campaign, or its all-clear. Raises NotAllowed, WrongDraft, WrongState."""
    check(by, Permission.WRITE_CAMPAIGN)
    if not can_be_followed(campaign):
        raise WrongState(campaign.state)
    made = Campaign.objects.create(
        title=campaign.title,
        kind=Campaign.Kind.ALERT,
        drill=campaign.drill,
        urgency=campaign.urgency,
        audience=dict(_audience(campaign, how).as_json()),
        author=by,
        created_at=now,
        follows=campaign,
        follow_up=how.what,
        present=campaign.present,
        present_source=campaign.present_source,
    )
    made.writers.add(by)
    if not set(texts) <= {language.tag for language in languages.languages()}:
        raise WrongDraft("language")
    CampaignText.objects.bulk_create(
        CampaignText(campaign=made, language=tag, text=text.strip()) for tag, text in texts.items()
    )
    audit.record("campaign.created", by=by, subject=made, now=now)
    return made


def can_be_followed(campaign: Campaign) -> bool:
    """Whether it was sent, and is no correction of another."""
    return campaign.launched_at is not None and campaign.corrects_id is None


def chain(campaign: Campaign) -> Sequence[Campaign]:
    """The campaign with all that goes before and after it, the first first; [] when it stands alone."""
    first = campaign
    while first.follows is not None:
        first = first.follows
    found, edge = [first], [first.pk]
    while edge:
        after = list(Campaign.objects.filter(follows__in=edge).order_by("created_at", "pk"))
        found += after
        edge = [one.pk for one in after]
    return sorted(found, key=lambda one: (one.created_at, one.pk)) if len(found) > 1 else []


def ended_by(campaign: Campaign) -> Sequence[Campaign]:
    """What an all-clear ends when it is sent: all before it in its chain that may still ask somebody."""
    if campaign.follow_up != Campaign.FollowUp.ALL_CLEAR:
        return []
    return [one for one in chain(campaign) if one.pk != campaign.pk and one.launched_at and not one.closed_at]


def end_earlier(campaign: Campaign, *, by: Officer, now: datetime) -> None:
    """End what an all-clear ends: nobody is asked again. Answers on their way still count.

    Call it in the transaction that launches. Raises NotAllowed.
    """
    for earlier in ended_by(campaign):
        if earlier.ended_at is None:
            move(earlier, Move.STOP, by=by, now=now, ended_at=now, closed_at=now)
        else:
            Campaign.objects.filter(pk=earlier.pk).update(closed_at=now)
        audit.record("campaign.ended_by_all_clear", by=by, subject=earlier, now=now)


def asked_recently(campaign: Campaign, now: datetime) -> Campaign | None:
    """The real check-in that went to one of the same countries within AGAIN_AFTER, the latest; or None.

    Asked of a real check-in only: information may follow at any time, and drills are not counted.
    """
    if campaign.kind != Campaign.Kind.CHECK_IN or campaign.drill:
        return None
    countries = set(campaign.audience.get("countries", ()))
    recent = Campaign.objects.filter(
        kind=Campaign.Kind.CHECK_IN, drill=False, launched_at__gt=now - AGAIN_AFTER
    ).exclude(pk=campaign.pk)
    for one in recent.order_by("-launched_at", "-pk"):
        if countries & set(one.audience.get("countries", ())):
            return one
    return None


def _audience(campaign: Campaign, how: Follow) -> Audience:
    rule = Audience.from_json(campaign.audience)
    everyone = Answered(campaign.pk, _EVERY_ANSWER)
    spared = _said_safe(campaign) if how.spare_safe else None
    if how.newcomers:
        return replace(rule, asked=everyone, spared=spared)
    return Audience(rule.countries, here=False, asked=everyone, spared=spared)


def _said_safe(campaign: Campaign) -> Answered | None:
    """Who said "safe" to the campaign, or to the check-in that it goes on from."""
    asking: Campaign | None = campaign
    while asking is not None and asking.kind != Campaign.Kind.CHECK_IN:
        asking = asking.follows
    return Answered(asking.pk, (Recipient.Answer.SAFE.value,)) if asking else None
