"""The counts an officer acts on."""

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import tally
from campaigns.models import Recipient
from campaigns.tally import Tally
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


@pytest.mark.django_db
def test_the_tally_is_one_query(django_assert_num_queries: object) -> None:
    campaign = make.running_campaign(recipients=1)
    with django_assert_num_queries(1):  # type: ignore[operator]
        counted = tally.of(campaign)
    assert counted.total == 1


def test_nobody_is_nothing() -> None:
    assert set(astuple(replace(Tally()))) == {0}
