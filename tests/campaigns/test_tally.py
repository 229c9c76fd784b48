"""The counts an officer acts on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple, replace

import pytest
from django.db import transaction
from django.db.models import QuerySet, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns import correction, tally
from campaigns.models import Campaign, Recipient
from campaigns.tally import Tally
from core.models import ContactPoint
from tests import make

DELIVERIES = ["planned", "skipped", "queued", "sending", "sent", "delivered", "undelivered", "failed"]
ANSWERS = ["", *Recipient.Answer.values]


@given(st.lists(st.tuples(st.sampled_from(DELIVERIES), st.sampled_from(ANSWERS), st.integers(1, 9))))
def test_every_recipient_is_counted_once_by_message_and_once_by_person(
    rows: list[tuple[str, str, int]],
) -> None:
    counted = tally.counted(rows)
    by_message = (counted.planned, counted.sending, counted.sent, counted.delivered, counted.failed)
    assert sum(by_message) == counted.total
    waiting = sum(
        n for delivery, answer, n in rows if not answer and delivery in DELIVERIES[:1] + DELIVERIES[2:4]
    )
    assert counted.answered + counted.silent + counted.unreachable + waiting == counted.total


@pytest.mark.django_db
def test_the_tally_of_a_campaign_is_that_of_its_rows() -> None:
    campaign = make.running_campaign(recipients=4)
    make.running_campaign(recipients=2)
    first, second, third, _ = campaign.recipients.values_list("pk", flat=True)
    Recipient.objects.filter(pk=first).update(delivery="delivered", answer="safe")
    Recipient.objects.filter(pk=second).update(delivery="sent")
    Recipient.objects.filter(pk=third).update(delivery="undelivered")
    expected = Tally(total=4, planned=1, sent=1, delivered=1, failed=1, safe=1, silent=1, unreachable=1)
    assert tally.of(campaign) == expected


def parts_and_rows(
    campaign: Campaign,
) -> tuple[Mapping[tuple[object, ...], int], Mapping[tuple[object, ...], int]]:
    """What the parts add up to, and the recipients themselves, both by all that parts tell apart."""
    key = ("language", "delivery", "answer", "asked", "waits")
    parts = campaign.parts.values_list(*key).annotate(people=Sum("people")).order_by()
    rows: Counter[tuple[object, ...]] = Counter(
        (
            row.language,
            row.delivery,
            row.answer,
            row.contact_id is not None and row.asked_at is not None,
            row.delivery == "planned" or (row.answer == "" and row.due_at is not None),
        )
        for row in campaign.recipients.all()
    )
    return {tuple(alike): people for *alike, people in parts if people}, rows


MOMENTS = st.sampled_from([None, make.NOW])
CHANGES = st.one_of(
    st.tuples(st.just("delivery"), st.sampled_from(DELIVERIES)),
    st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
    st.tuples(st.just("due_at"), MOMENTS),
    st.tuples(st.just("asked_at"), MOMENTS),
    st.tuples(st.sampled_from(["forgotten", "gone", "fold"]), st.none()),
)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CHANGES, st.sets(st.integers(0, 3))), max_size=6))
def test_the_parts_add_up_to_the_recipients_whatever_is_written(
    changes: list[tuple[tuple[str, object], set[int]]],
) -> None:
    with transaction.atomic():
        campaign, other = make.running_campaign(recipients=4), make.running_campaign(recipients=1)
        people = list(campaign.recipients.order_by("pk").values_list("pk", flat=True))
        for (name, value), some in changes:
            carry_out(name, value, Recipient.objects.filter(pk__in=[people[one] for one in some]))
        for one in (campaign, other):
            parts, counted = parts_and_rows(one)
            assert parts == counted
            assert tally.recount(one).kept
            assert tally.reached(one) == correction.reached(one).count()
        transaction.set_rollback(True)  # takes the rows of this example back


def carry_out(name: str, value: object, rows: QuerySet[Recipient]) -> None:
    """Write one change of these recipients, or fold the parts."""
    if name == "fold":
        tally.fold(most=0)
    elif name == "gone":
        rows.delete()
    elif name == "forgotten":
        ContactPoint.objects.filter(recipients__in=list(rows)).delete()
    else:
        rows.update(**{name: value})


@pytest.mark.django_db
def test_folded_parts_are_few_and_say_the_same() -> None:
    campaign = make.running_campaign(recipients=3)
    for delivery in DELIVERIES:
        for row in campaign.recipients.all():
            Recipient.objects.filter(pk=row.pk).update(delivery=delivery)
    before = tally.of(campaign)
    tally.fold(most=0)
    assert (tally.of(campaign), campaign.parts.count()) == (before, 1)


@pytest.mark.django_db
def test_a_tally_that_is_not_its_recipients_is_found_and_counted_anew() -> None:
    campaign = make.running_campaign(recipients=3)
    campaign.parts.create(language="en", delivery="sent", answer="", asked=True, waits=False, people=2)
    assert not tally.recount(campaign).kept
    tally.rebuild(campaign)
    assert tally.recount(campaign).agrees
    assert tally.of(campaign) == Tally(total=3, planned=3)


@pytest.mark.django_db
def test_whoever_still_gets_something_is_counted_as_waiting() -> None:
    campaign = make.running_campaign(recipients=3)
    first, second, _ = campaign.recipients.values_list("pk", flat=True)
    campaign.recipients.filter(pk=first).update(delivery="sent", due_at=make.NOW, asked_at=make.NOW)
    campaign.recipients.filter(pk=second).update(delivery="sent", due_at=make.NOW, answer="safe")
    assert tally.waiting(campaign) == 2


@pytest.mark.django_db
def test_the_tally_is_one_query(django_assert_num_queries: object) -> None:
    campaign = make.running_campaign(recipients=1)
    with django_assert_num_queries(1):  # type: ignore[operator]
        counted = tally.of(campaign)
    assert counted.total == 1


def test_nobody_is_nothing() -> None:
    assert set(astuple(replace(Tally()))) == {0}


@pytest.mark.django_db
def test_a_place_counts_each_of_its_recipients_once_whatever_their_phones_and_trips() -> None:
    campaign = make.running_campaign(recipients=3)
    one, two, gone = campaign.recipients.select_related("contact").order_by("pk")
    travels, has_two, deleted = (row.contact for row in (one, two, gone) if row.contact)
    make.trip(of=travels.person, city="Tripoli")  # there twice
    make.trip(of=travels.person, city="Benghazi")  # and elsewhere
    make.contact(person=has_two.person)  # a second phone that nobody asked
    campaign.recipients.filter(pk=two.pk).update(delivery="delivered", answer="safe")
    deleted.delete()
    assert tally.by_place(campaign) == {
        ("Tripoli", "LY"): Tally(total=2, planned=1, delivered=1, safe=1),
        ("Benghazi", "LY"): Tally(total=1, planned=1),
    }
