"""A large audience is written part by part: nobody missed, nobody twice, and never done before it is."""

from datetime import timedelta

import pytest
from django.test import Client

from campaigns import callers, collecting, correction, jobs, launch, replies, tally
from campaigns.audience import Audience
from campaigns.models import Batch, Campaign, Collecting, ListedNumber, NumberList, Recipient
from campaigns.states import finish_if_sent
from core import queues
from core.models import ContactPoint, Person, Trip
from core.officers import Role
from tests import make

pytestmark = pytest.mark.django_db

LATER = make.NOW + timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _large(monkeypatch: pytest.MonkeyPatch) -> None:
    """From three people upwards an audience is large."""
    monkeypatch.setattr(collecting, "FIRST", 2)


def approved(*, kind: Campaign.Kind = Campaign.Kind.CHECK_IN) -> Campaign:
    author = make.officer(Role.AUTHOR)
    draft = launch.Draft("Earthquake", kind, Audience(("LY",)), {"en": make.TEXT})
    campaign = launch.create(draft, by=author, now=make.NOW)
    launch.submit(campaign, by=author, now=make.NOW)
    launch.approve(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    return campaign


def launched() -> Campaign:
    campaign = approved()
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    return campaign


def to_the_end(campaign: Campaign, people: int = 2) -> None:
    while collecting.go_on(campaign.pk, LATER, people):
        pass
    campaign.refresh_from_db()


def phones(campaign: Campaign) -> list[int]:
    return sorted(campaign.recipients.values_list("contact", flat=True))


def sent(campaign: Campaign) -> None:
    """All that is written so far has left, and nobody is on the ladder."""
    campaign.batches.update(state=Batch.State.DONE)
    campaign.recipients.update(asked_at=make.NOW, delivery="delivered", progress=13, step=1)


def test_the_click_writes_the_newest_and_the_rest_follows() -> None:
    there = [make.traveller().pk for _ in range(7)]
    campaign = launched()
    assert phones(campaign) == there[-2:]
    assert collecting.to_come(campaign) == 5
    to_the_end(campaign)
    assert phones(campaign) == there
    assert collecting.to_come(campaign) == 0
    assert not Collecting.objects.exists()


def test_few_are_all_written_at_the_click() -> None:
    there = [make.traveller().pk for _ in range(2)]
    campaign = launched()
    assert phones(campaign) == there
    assert not Collecting.objects.exists()


def test_later_parts_are_sent_after_earlier_ones() -> None:
    for _ in range(6):
        make.traveller()
    campaign = launched()
    to_the_end(campaign)
    rows = campaign.recipients.order_by("pk").values_list("batch__sender", "batch__number")
    by_sender: dict[str, list[int]] = {}
    for sender, number in rows:
        by_sender.setdefault(sender, []).append(number)
    assert all(numbers == sorted(numbers) for numbers in by_sender.values())
    batches = list(campaign.batches.values_list("sender", "channel", "number"))
    assert len(batches) == len(set(batches))


def test_a_worker_killed_within_a_part_misses_and_doubles_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [make.traveller().pk for _ in range(7)]
    campaign = launched()

    def killed(_: Campaign) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(collecting, "_still_on", killed)
        with pytest.raises(KeyboardInterrupt):
            collecting.go_on(campaign.pk, LATER, 2)
    assert phones(campaign) == there[-2:]
    to_the_end(campaign)
    assert phones(campaign) == there
    assert not Batch.objects.filter(recipients=None).exists()


def test_who_says_stop_before_their_part_is_left_out_and_counted() -> None:
    first, *_ = [make.traveller() for _ in range(5)]
    campaign = launched()
    assert campaign.left_out == {}
    make.opted_out(first, now=LATER)
    to_the_end(campaign)
    assert first.pk not in phones(campaign)
    assert campaign.left_out == {"opted_out": 1}


def test_during_the_writing_the_board_has_who_was_left_out_at_the_click() -> None:
    first, second, *_ = [make.traveller() for _ in range(5)]
    make.opted_out(first)
    ContactPoint.objects.filter(pk=second.pk).update(sms_refused=21614, voice_refused=21211)
    gone = make.person()
    today = make.NOW.date()
    make.trip(of=gone, dates=(today - timedelta(days=9), today - timedelta(days=1)))
    campaign = launched()
    at_the_click = dict(campaign.left_out)
    to_the_end(campaign)
    assert campaign.left_out == at_the_click == {"opted_out": 1, "refuses_both": 1, "trip_over": 1}


def test_a_trip_made_after_the_launch_is_not_added() -> None:
    registered = make.person()
    there = [make.traveller().pk for _ in range(4)]
    campaign = launched()
    make.trip(of=registered, now=LATER)
    to_the_end(campaign)
    assert phones(campaign) == there


def test_a_listed_phone_that_registers_before_its_part_is_asked_once() -> None:
    officer = make.officer(Role.AUTHOR)
    listed = NumberList.objects.create(
        title="Tour", officer=officer, uploaded_at=make.NOW, delete_at=make.NOW + timedelta(days=14)
    )
    strangers = [make.contact() for _ in range(6)]
    ListedNumber.objects.bulk_create(ListedNumber(numbers=listed, contact=one) for one in strangers)
    campaign = approved()
    campaign.audience = dict(Audience(("LY",), numbers=listed.pk).as_json())
    campaign.save()
    there = [make.traveller().pk for _ in range(3)]
    launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW, typed=9)
    asked = phones(campaign)
    assert not {one.pk for one in strangers} & set(asked)
    for one in strangers[:2]:
        one.person = Person.objects.create(created_at=LATER)
        one.save()
    to_the_end(campaign)
    assert phones(campaign) == sorted([*there, *(one.pk for one in strangers)])


def test_a_second_trip_made_after_the_launch_takes_nobody_out() -> None:
    first, *rest = [make.traveller() for _ in range(4)]
    campaign = launched()
    make.trip(of=first.person, country="EG", now=LATER)
    to_the_end(campaign)
    assert phones(campaign) == [first.pk, *(point.pk for point in rest)]


def test_a_person_with_two_phones_is_asked_on_one() -> None:
    first = make.traveller()
    make.contact(person=first.person, now=make.NOW - timedelta(days=1))
    others = [make.traveller().pk for _ in range(3)]
    campaign = launched()
    to_the_end(campaign)
    assert phones(campaign) == [first.pk, *others]
    assert campaign.left_out == {"other_phone": 1}


@pytest.mark.parametrize("phones_of_theirs", [1, 2])
def test_who_called_and_answered_meanwhile_is_not_asked_again(phones_of_theirs: int) -> None:
    first = make.traveller()
    called = first
    if phones_of_theirs == 2:
        called = make.contact(person=first.person, now=make.NOW - timedelta(days=1))
    others = [make.traveller().pk for _ in range(3)]
    campaign = launched()
    answer = Recipient(campaign=campaign, contact=called, language="en", answer=Recipient.Answer.SAFE)
    callers.keep(answer, make.SENDER, LATER)
    to_the_end(campaign)
    assert phones(campaign) == sorted([called.pk, *others])
    assert campaign.recipients.get(contact=called).answer == Recipient.Answer.SAFE


def test_it_is_not_done_before_everybody_is_written() -> None:
    for _ in range(5):
        make.traveller()
    campaign = launched()
    sent(campaign)
    jobs.settle()
    assert not finish_if_sent(campaign.pk, LATER)
    to_the_end(campaign)
    assert not finish_if_sent(campaign.pk, LATER), "the later parts wait to be sent"
    sent(campaign)
    assert finish_if_sent(campaign.pk, LATER)


def test_stopped_it_writes_nobody_more() -> None:
    for _ in range(5):
        make.traveller()
    campaign = launched()
    launch.stop(campaign, by=make.officer(Role.APPROVER), now=LATER)
    assert collecting.to_come(campaign) == 0
    to_the_end(campaign)
    assert campaign.recipients.count() == 2
    assert not Collecting.objects.exists()


def test_stopped_within_a_part_the_part_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        make.traveller()
    campaign = launched()
    still_on = collecting._still_on

    def stopped_first(on: Campaign) -> None:
        Campaign.objects.filter(pk=on.pk).update(state=Campaign.State.STOPPED)
        still_on(on)

    monkeypatch.setattr(collecting, "_still_on", stopped_first)
    assert not collecting.go_on(campaign.pk, LATER, 2)
    assert campaign.recipients.count() == 2


def test_paused_it_goes_on_writing_and_sends_nothing() -> None:
    there = [make.traveller().pk for _ in range(5)]
    campaign = launched()
    launch.pause(campaign, by=make.officer(Role.APPROVER), now=LATER)
    to_the_end(campaign)
    assert phones(campaign) == there
    assert tally.of(campaign).planned == len(there)


def test_a_correction_meanwhile_reaches_exactly_who_got_it() -> None:
    for _ in range(6):
        make.traveller()
    campaign = launched()
    got = phones(campaign)
    sent(campaign)
    collecting.go_on(campaign.pk, LATER, 2)
    made = correction.correct(campaign, by=make.officer(Role.APPROVER), now=LATER)
    to_the_end(campaign)
    assert phones(made) == got
    assert campaign.recipients.count() == 4
    assert not Collecting.objects.exists()


def test_nobody_to_reach_and_too_many_are_said_at_the_click() -> None:
    campaign = approved()
    with pytest.raises(launch.NobodyToReach):
        launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    for _ in range(4):
        make.traveller()
    with pytest.raises(launch.TooMany) as refusal:
        launch.launch(campaign, by=make.officer(Role.APPROVER), now=make.NOW)
    assert (refusal.value.detail, campaign.state) == ("4", Campaign.State.APPROVED)
    assert not Recipient.objects.exists()
    assert not Collecting.objects.exists()


def test_the_click_looks_on_until_it_finds_somebody() -> None:
    there = [make.traveller().pk for _ in range(3)]
    for _ in range(9):
        make.opted_out(make.traveller())
    campaign = launched()
    assert phones(campaign)
    to_the_end(campaign)
    assert phones(campaign) == there
    assert campaign.left_out == {"opted_out": 9}


@pytest.mark.usefixtures("now")
def test_what_a_dead_redis_or_worker_left_unwritten_is_taken_up_within_a_minute(redis_db: object) -> None:
    there = [make.traveller().pk for _ in range(5)]
    campaign = launched()
    jobs.sweep()
    assert queues.waiting(queues.URGENT) == 1
    jobs.collect(campaign.pk)
    assert phones(campaign) == there


def test_a_person_whose_trip_is_deleted_meanwhile_is_no_longer_there() -> None:
    first, *rest = [make.traveller() for _ in range(4)]
    campaign = launched()
    Trip.objects.filter(person=first.person).delete()
    to_the_end(campaign)
    assert phones(campaign) == [point.pk for point in rest]


def test_nobody_is_unanswered_before_they_are_asked() -> None:
    for _ in range(4):
        make.traveller()
    launched()
    assert not replies.unanswered(LATER).exists()


def test_the_board_says_that_the_list_is_still_being_made(client: Client) -> None:
    for _ in range(5):
        make.traveller()
    campaign = launched()
    client.force_login(make.officer(Role.APPROVER))
    page = client.get(f"/console/campaigns/{campaign.pk}/board/panels/")
    assert "still being made: 2 of 5" in page.content.decode()
    to_the_end(campaign)
    page = client.get(f"/console/campaigns/{campaign.pk}/board/panels/")
    assert "still being made" not in page.content.decode()
