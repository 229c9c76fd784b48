"""Updates and all-clears go on from an earlier campaign; a country is not asked twice within six hours."""

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from campaigns import launch
from campaigns.audience import Audience
from campaigns.following import Follow, asked_recently, chain, follow
from campaigns.models import Campaign, CampaignText, Recipient
from core.models import AuditEvent, ContactPoint, Officer
from core.officers import Role
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db

UPDATE, ALL_CLEAR = Campaign.FollowUp.UPDATE, Campaign.FollowUp.ALL_CLEAR
LATER = make.NOW + timedelta(hours=1)


def sent(campaign: Campaign, *, now: datetime = LATER, again: bool = False) -> Campaign:
    """The campaign after two officers have sent it."""
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    launch.submit(campaign, by=author, now=now)
    launch.approve(campaign, by=approver, now=now)
    launch.launch(campaign, by=author, now=now, again=again)
    campaign.refresh_from_db()
    return campaign


def followed(first: Campaign, how: Follow) -> Campaign:
    made = follow(first, how, by=make.officer(Role.AUTHOR), now=LATER)
    CampaignText.objects.create(campaign=made, language="en", text="The road is open.")
    return sent(made)


def phones_of(campaign: Campaign) -> set[ContactPoint | None]:
    return {row.contact for row in campaign.recipients.select_related("contact")}


@pytest.fixture
def first(now: object) -> Campaign:
    """A check-in that two people got."""
    campaign = make.running_campaign(recipients=2)
    campaign.recipients.update(asked_at=make.NOW)
    return campaign


def test_an_update_goes_to_whoever_got_the_first_and_to_newcomers(first: Campaign) -> None:
    newcomer = make.traveller()
    gone = first.recipients.first()
    assert gone is not None
    assert gone.contact is not None
    assert gone.contact.person is not None
    gone.contact.person.trips.all().delete()
    update = followed(first, Follow(UPDATE))
    assert phones_of(update) == phones_of(first) | {newcomer}


def test_an_update_for_the_same_people_leaves_newcomers_out(first: Campaign) -> None:
    make.traveller()
    update = followed(first, Follow(UPDATE, newcomers=False))
    assert phones_of(update) == phones_of(first)


def test_whoever_said_safe_can_be_left_out(first: Campaign) -> None:
    safe, other = first.recipients.order_by("pk")
    Recipient.objects.filter(pk=safe.pk).update(answer=Recipient.Answer.SAFE)
    update = followed(first, Follow(UPDATE, spare_safe=True))
    assert phones_of(update) == {other.contact}
    assert update.left_out == {"spared": 1}


def test_the_safe_of_a_check_in_are_left_out_of_the_update_of_its_update_too(first: Campaign) -> None:
    update = followed(first, Follow(UPDATE))
    made = follow(update, Follow(UPDATE, spare_safe=True), by=make.officer(Role.AUTHOR), now=LATER)
    spared = Audience.from_json(made.audience).spared
    assert spared is not None
    assert spared.campaign == first.pk


def test_the_chain_shows_on_each_of_its_campaigns(first: Campaign) -> None:
    update = followed(first, Follow(UPDATE))
    clear = follow(update, Follow(ALL_CLEAR), by=make.officer(Role.AUTHOR), now=LATER)
    assert [list(chain(one)) for one in (first, update, clear)] == [[first, update, clear]] * 3
    assert chain(make.campaign()) == []


def test_a_draft_cannot_be_followed() -> None:
    with pytest.raises(launch.WrongState):
        follow(make.campaign(), Follow(UPDATE), by=make.officer(Role.AUTHOR), now=LATER)


def test_an_all_clear_ends_what_went_before_it_and_nothing_else(first: Campaign) -> None:
    first.recipients.update(due_at=LATER)
    other = make.running_campaign(recipients=0)
    followed(first, Follow(ALL_CLEAR))
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.state, first.closed_at) == (Campaign.State.STOPPED, LATER)
    assert (other.state, other.closed_at) == (Campaign.State.RUNNING, None)
    verbs = AuditEvent.objects.filter(subject_id=first.pk).values_list("verb", flat=True)
    assert "campaign.ended_by_all_clear" in verbs


def test_an_all_clear_that_is_refused_ends_nothing(first: Campaign) -> None:
    made = follow(first, Follow(ALL_CLEAR, newcomers=False), by=make.officer(Role.AUTHOR), now=LATER)
    CampaignText.objects.create(campaign=made, language="en", text="It is over.")
    author = make.officer(Role.AUTHOR)
    launch.submit(made, by=author, now=LATER)
    launch.approve(made, by=make.officer(Role.APPROVER), now=LATER)
    first.recipients.update(contact=None)
    with pytest.raises(launch.NobodyToReach):
        launch.launch(made, by=author, now=LATER)
    first.refresh_from_db()
    assert (first.state, first.closed_at) == (Campaign.State.RUNNING, None)


def test_a_call_for_help_by_digit_after_the_all_clear_is_still_heard(phone: Phone, now: object) -> None:
    asked = make.asked(make.traveller(phone=phone.number), now=make.NOW - timedelta(minutes=5))
    Campaign.objects.filter(pk=asked.campaign_id).update(
        state=Campaign.State.STOPPED, ended_at=make.NOW, closed_at=make.NOW
    )
    assert "are you safe" not in phone.texts("hello")
    assert "call for help" in phone.texts("2")
    asked.refresh_from_db()
    assert asked.answer == Recipient.Answer.NEEDS_HELP


def test_the_same_country_is_not_asked_again_within_six_hours_unless_somebody_decides(
    first: Campaign,
) -> None:
    campaign, author = make.campaign(), make.officer(Role.AUTHOR)
    launch.submit(campaign, by=author, now=LATER)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=LATER)
    with pytest.raises(launch.AskedRecently):
        launch.launch(campaign, by=author, now=LATER)
    assert not campaign.recipients.exists()
    launch.launch(campaign, by=author, now=LATER, again=True)
    assert AuditEvent.objects.filter(verb="campaign.asked_again", subject_id=campaign.pk).exists()


@pytest.mark.parametrize(
    ("changes", "wait"),
    [
        ({}, timedelta(hours=6)),
        ({"kind": Campaign.Kind.ALERT}, timedelta(hours=1)),
        ({"drill": True}, timedelta(hours=1)),
        ({"audience": {"countries": ["TN"]}}, timedelta(hours=1)),
    ],
)
def test_information_drills_other_countries_and_six_hours_need_no_second_thought(
    first: Campaign, changes: dict[str, object], wait: timedelta
) -> None:
    campaign = make.campaign()
    for name, value in changes.items():
        setattr(campaign, name, value)
    assert asked_recently(campaign, make.NOW + wait) is None


def test_the_rule_of_an_update_reads_as_a_sentence(first: Campaign) -> None:
    made = follow(first, Follow(UPDATE, newcomers=False), by=_author(), now=LATER)
    with translation.override("en"):
        assert (
            Audience.from_json(made.audience).in_words().startswith("everyone asked in “Check-in” who said")
        )


def _author() -> Officer:
    return make.officer(Role.AUTHOR)
