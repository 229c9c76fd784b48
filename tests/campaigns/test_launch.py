"""From a draft to frozen recipients, by two people."""

from datetime import timedelta

import pytest
from django.test import TestCase

from campaigns import correction, launch
from campaigns.audience import Audience
from campaigns.freeze import BATCH_LARGEST, batch_size
from campaigns.models import Campaign, Recipient
from core import gateway, queues
from core.models import AuditEvent, ContactPoint
from core.officers import Role
from telephony.messages import Channel, DeliveryStatus
from telephony.senders import Sender
from tests import make

pytestmark = pytest.mark.django_db


def draft(**changes: object) -> launch.Draft:
    given = {
        "title": "Earthquake",
        "kind": Campaign.Kind.CHECK_IN,
        "audience": Audience(("LY",)),
        "texts": {"en": make.TEXT},
    }
    return launch.Draft(**{**given, **changes})  # type: ignore[arg-type]


def approved() -> Campaign:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = launch.create(draft(), by=author, now=make.NOW)
    launch.submit(campaign, by=author, now=make.NOW)
    launch.approve(campaign, by=approver, now=make.NOW)
    return campaign


def launched(campaign: Campaign) -> Campaign:
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    return campaign


def test_who_wrote_it_does_not_approve_it() -> None:
    author = make.officer(Role.APPROVER)
    campaign = launch.create(draft(), by=author, now=make.NOW)
    launch.submit(campaign, by=make.officer(Role.AUTHOR), now=make.NOW)
    with pytest.raises(launch.SamePerson):
        launch.approve(campaign, by=author, now=make.NOW)


def test_who_submitted_it_does_not_approve_it() -> None:
    submitter = make.officer(Role.APPROVER)
    campaign = launch.create(draft(), by=make.officer(Role.AUTHOR), now=make.NOW)
    launch.submit(campaign, by=submitter, now=make.NOW)
    with pytest.raises(launch.SamePerson):
        launch.approve(campaign, by=submitter, now=make.NOW)


def test_who_changed_a_word_of_it_does_not_approve_it() -> None:
    author, editor = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = launch.create(draft(), by=author, now=make.NOW)
    launch.edit(campaign, draft(title="Flood"), by=editor, now=make.NOW)
    launch.submit(campaign, by=author, now=make.NOW)
    with pytest.raises(launch.SamePerson):
        launch.approve(campaign, by=editor, now=make.NOW)


def test_a_text_in_the_default_language_is_required() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = launch.create(draft(texts={"ar": "نص"}), by=author, now=make.NOW)
    with pytest.raises(launch.TextMissing) as refusal:
        launch.submit(campaign, by=author, now=make.NOW)
    assert refusal.value.detail == "en"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"audience": Audience(())}, "countries"),
        ({"audience": Audience(("XX",))}, "countries"),
        ({"texts": {"en": "x", "tlh": "y"}}, "language"),
        ({"texts": {"en": "x" * 1601}}, "text"),
    ],
)
def test_a_draft_that_cannot_be_right_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(launch.WrongDraft) as refusal:
        launch.create(draft(**changes), by=make.officer(Role.AUTHOR), now=make.NOW)
    assert refusal.value.detail == field


def test_sent_back_it_is_a_draft_again_with_the_reason() -> None:
    campaign = approved()
    launch.send_back(campaign, by=make.officer(Role.APPROVER), reason="Name the city.", now=make.NOW)
    assert (campaign.state, campaign.returned_reason) == (Campaign.State.DRAFT, "Name the city.")
    assert campaign.approver is None


def test_it_is_not_sent_back_without_a_reason() -> None:
    with pytest.raises(launch.ReasonMissing):
        launch.send_back(approved(), by=make.officer(Role.APPROVER), reason=" ", now=make.NOW)


def test_what_was_submitted_is_not_edited() -> None:
    campaign = approved()
    with pytest.raises(launch.WrongState):
        launch.edit(campaign, draft(), by=make.officer(Role.AUTHOR), now=make.NOW)


def test_the_launch_freezes_everyone_in_the_country() -> None:
    there = [make.traveller(language="ar"), make.traveller()]
    make.traveller(country="EG")
    campaign = launched(approved())
    assert set(campaign.recipients.values_list("contact", flat=True)) == {point.pk for point in there}
    assert set(campaign.recipients.values_list("delivery", flat=True)) == {"planned"}


def test_who_is_left_out_is_counted_by_reason() -> None:
    make.traveller()
    make.opted_out(make.traveller())
    landline = make.traveller()
    landline.sms_refused = 21614
    landline.save()
    two_phones = make.traveller()
    make.contact(person=two_phones.person, now=make.NOW - timedelta(days=1))
    gone = make.person()
    today = make.NOW.date()
    make.trip(of=gone, dates=(today - timedelta(days=9), today - timedelta(days=1)))
    campaign = approved()
    Campaign.objects.update(ladder=[])  # nobody is called
    launched(campaign)
    assert campaign.recipients.count() == 2
    assert campaign.left_out == {"opted_out": 1, "refuses_texts": 1, "other_phone": 1, "trip_over": 1}


def test_who_takes_no_texts_begins_on_the_ladders_first_call() -> None:
    texted, called, neither = make.traveller(), make.traveller(), make.traveller()
    ContactPoint.objects.exclude(pk=texted.pk).update(sms_refused=30006)
    ContactPoint.objects.filter(pk=neither.pk).update(voice_refused=21211)
    campaign = launched(approved())
    rows = {row.contact_id: row for row in campaign.recipients.select_related("batch")}
    assert rows.keys() == {texted.pk, called.pk}
    batch = rows[called.pk].batch
    assert (batch.channel, batch.step, rows[called.pk].step) == (Channel.VOICE, 3, 2)
    assert campaign.left_out == {"refuses_both": 1}


def test_an_audience_that_has_trebled_since_waits_for_its_number_to_be_typed() -> None:
    make.traveller()
    campaign = approved()
    for _ in range(3):
        make.traveller()
    with pytest.raises(launch.TooMany) as refusal:
        launched(campaign)
    assert (refusal.value.detail, campaign.state) == ("4", Campaign.State.APPROVED)
    assert not Recipient.objects.exists()
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW, typed=4)
    assert campaign.recipients.count() == 4


def test_an_approver_types_the_number_too_when_it_has_trebled_since_it_was_submitted() -> None:
    author, approver = make.officer(Role.AUTHOR), make.officer(Role.APPROVER)
    campaign = launch.create(draft(), by=author, now=make.NOW)
    launch.submit(campaign, by=author, now=make.NOW)
    for _ in range(4):
        make.traveller()
    with pytest.raises(launch.TooMany):
        launch.approve(campaign, by=approver, now=make.NOW)
    launch.approve(campaign, by=approver, now=make.NOW, typed=4)
    assert campaign.counted == 4


def test_an_estimate_is_kept_with_its_source_or_not_at_all() -> None:
    author = make.officer(Role.AUTHOR)
    campaign = launch.create(draft(present=launch.Estimate(900, "consulate")), by=author, now=make.NOW)
    assert (campaign.present, campaign.present_source) == (900, "consulate")
    with pytest.raises(launch.WrongDraft):
        launch.create(draft(present=launch.Estimate(900, " ")), by=author, now=make.NOW)


def test_a_person_with_two_trips_is_asked_once() -> None:
    person = make.traveller().person
    make.trip(of=person, city="Benghazi")
    assert launched(approved()).recipients.count() == 1


def test_nobody_to_reach_is_a_refusal_and_leaves_it_approved() -> None:
    campaign = approved()
    with pytest.raises(launch.NobodyToReach):
        launched(campaign)
    assert campaign.state == Campaign.State.APPROVED
    assert Recipient.objects.count() == 0


def test_a_second_click_finds_it_running() -> None:
    make.traveller()
    campaign = launched(approved())
    with pytest.raises(launch.WrongState):
        launched(campaign)
    assert campaign.recipients.count() == 1


def test_the_launch_queues_work_after_the_commit(redis_db: object) -> None:
    make.traveller()
    campaign = approved()
    with TestCase.captureOnCommitCallbacks(execute=True):
        launched(campaign)
        assert queues.waiting(queues.CAMPAIGN) == 0
    assert queues.waiting(queues.CAMPAIGN) == 1


def test_with_redis_down_the_launch_stands(settings: pytest.FixtureRequest) -> None:
    make.traveller()
    campaign = approved()
    nowhere = {"URL": "unix:///nowhere/redis.sock", "SERIALIZER": "rq.serializers.JSONSerializer"}
    settings.RQ_QUEUES = dict.fromkeys(("urgent", "campaign", "routine"), nowhere)  # type: ignore[attr-defined]
    with TestCase.captureOnCommitCallbacks(execute=True):
        launched(campaign)
    assert campaign.state == Campaign.State.RUNNING


def test_a_batch_is_no_longer_than_its_sender_needs_four_seconds_for() -> None:
    assert batch_size(Sender("x", segments_per_second=10), segments=2) == 20
    assert batch_size(Sender("x", segments_per_second=0.2), segments=2) == 1
    assert batch_size(Sender("x", segments_per_second=1000), segments=1) == BATCH_LARGEST


def test_each_recipient_is_in_a_batch_of_the_sender_that_gateway_names() -> None:
    for _ in range(30):
        make.traveller()
    campaign = launched(approved())
    from_sql = dict(campaign.recipients.values_list("contact", "batch__sender"))
    assert len(set(from_sql.values())) == 2, "the demo's two senders share the people"
    assert all(sender_of(pk) == sender for pk, sender in from_sql.items())


def sender_of(contact: int) -> str:
    point = ContactPoint.objects.get(pk=contact)
    sender = gateway.sender_for(point.region, Channel.SMS, key=point.pk)
    assert sender is not None
    return sender.id


def asked(delivery: str) -> None:
    Recipient.objects.update(delivery=delivery, asked_at=make.NOW, progress=13)


def test_a_correction_stops_it_and_reaches_exactly_those_who_may_have_got_it() -> None:
    make.traveller()
    campaign = launched(approved())
    asked(DeliveryStatus.DELIVERED)
    late = make.traveller()
    Recipient.objects.create(campaign=campaign, batch=campaign.batches.all()[0], contact=late, language="en")
    made = correction.correct(campaign, by=make.officer(Role.AUTHOR), now=make.NOW)
    assert campaign.state == Campaign.State.STOPPED
    assert made.state == Campaign.State.RUNNING
    assert made.recipients.count() == 1
    assert not made.recipients.filter(contact=late).exists()
    assert set(made.texts.values_list("language", flat=True)) >= {"en", "it", "es", "fr", "ar"}
    assert AuditEvent.objects.filter(verb="campaign.corrected").count() == 1


def test_a_campaign_is_corrected_once() -> None:
    make.traveller()
    campaign = launched(approved())
    asked(DeliveryStatus.SENT)
    correction.correct(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    with pytest.raises(launch.WrongState):
        correction.correct(campaign, by=make.officer(Role.APPROVER), now=make.NOW)


def test_what_was_never_launched_is_not_corrected() -> None:
    with pytest.raises(launch.WrongState):
        correction.correct(approved(), by=make.officer(Role.APPROVER), now=make.NOW)


@pytest.mark.parametrize(
    ("typed", "people"), [(0, 0), (4, 4), (49, 50), (51, 50), (1_000_000, 1_020_000), (1_020_000, 1_000_000)]
)
def test_a_typed_number_holds_while_the_audience_is_within_a_fiftieth_of_it(typed: int, people: int) -> None:
    assert launch.holds(typed, people)


@pytest.mark.parametrize(
    ("typed", "people"), [(1, 0), (0, 4), (3, 4), (48, 50), (52, 50), (1_000_000, 1_030_000), (100, 1_000)]
)
def test_any_other_number_does_not(typed: int, people: int) -> None:
    assert not launch.holds(typed, people)
