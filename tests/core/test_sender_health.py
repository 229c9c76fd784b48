"""Counting how our senders fare, and who gets their work meanwhile."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings

from core import gateway, sender_health
from core.models import ContactPoint, Message, SenderHealth
from telephony.errors import CODES
from telephony.health import ENOUGH, GUARD, WEIGHTS
from telephony.messages import Channel, DeliveryStatus
from tests import make

pytestmark = pytest.mark.django_db

OURS, OTHER = (sender.id for sender in settings.SENDERS[:2])
SENT_AT = make.NOW - timedelta(minutes=7)


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    """What a process believes for a second does not outlive a test."""
    sender_health.forget()
    yield
    sender_health.forget()


@pytest.fixture
def point() -> ContactPoint:
    return make.contact()


def sent(
    point: ContactPoint,
    status: DeliveryStatus,
    *,
    times: int = ENOUGH,
    sender: str = OURS,
    code: int | None = None,
    at: datetime = SENT_AT,
    taken: bool = True,
) -> None:
    """So many texts to that phone, each with that fate."""
    Message.objects.bulk_create(
        Message(
            contact=point,
            direction=Message.Direction.OUT,
            channel=Channel.SMS,
            sender=sender,
            created_at=at,
            token=uuid4(),
            provider_sid=f"SM{uuid4().hex}" if taken else None,
            status=status,
            rank=status.rank,
            error_code=code,
            status_at=at,
        )
        for _ in range(times)
    )


def spared() -> set[str]:
    return {sender for sender, _, _ in sender_health.spared_routes()}


def test_a_sender_whose_texts_are_filtered_is_spared_and_others_take_its_people(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    sent(point, DeliveryStatus.DELIVERED, sender=OTHER)
    assert sender_health.review(make.NOW) == 1
    assert spared() == {OURS}
    keys = range(2_000)
    mine = [key for key in keys if speaker(point, key) == OURS]
    assert 0 < len(mine) < 0.1 * len(keys), "a trickle is left to see it come back"


def test_who_spoke_with_the_healthy_sender_goes_on_with_it(point: ContactPoint) -> None:
    before = {key: speaker(point, key) for key in range(500)}
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    sender_health.review(make.NOW)
    assert all(speaker(point, key) == OTHER for key, sender in before.items() if sender == OTHER)


@pytest.mark.parametrize("status", [DeliveryStatus.SENDING, DeliveryStatus.QUEUED])
def test_a_sender_whose_texts_the_provider_does_not_take_is_spared(
    point: ContactPoint, status: DeliveryStatus
) -> None:
    sent(point, status, taken=False)
    sent(point, DeliveryStatus.DELIVERED, sender=OTHER)
    sender_health.review(make.NOW)
    assert spared() == set(), "they are on their way, or were put back"
    sent(point, status, taken=False, code=503)
    sender_health.review(make.NOW)
    assert spared() == {OURS}


def test_texts_that_were_not_taken_before_the_last_step_say_nothing_about_it(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.QUEUED, taken=False, code=503, at=make.NOW - timedelta(seconds=30))
    sender_health.review(make.NOW)
    assert SenderHealth.objects.get().step == 0
    sender_health.review(make.NOW + GUARD)
    assert SenderHealth.objects.get().step == 1


def test_phones_that_are_off_spare_nobody(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.UNDELIVERED, code=30003, times=200)
    sender_health.review(make.NOW)
    assert spared() == set()


def test_texts_that_are_late_count_where_deliveries_are_confirmed(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.SENT)
    sender_health.review(make.NOW)
    assert spared() == set(), "nobody's deliveries are confirmed there"
    sent(point, DeliveryStatus.DELIVERED, sender=OTHER)
    sender_health.review(make.NOW)
    assert spared() == {OURS}


def test_texts_that_have_not_left_the_provider_are_late_anywhere(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.QUEUED)
    sender_health.review(make.NOW)
    assert spared() == {OURS}


def test_texts_of_a_minute_ago_are_not_late_yet(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.QUEUED, at=make.NOW - timedelta(minutes=1))
    sender_health.review(make.NOW)
    assert spared() == set()


def test_it_comes_back_by_itself_when_the_trickle_arrives(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    now = make.NOW
    sender_health.review(now)
    for _ in range(20):
        now += timedelta(minutes=1)
        sent(point, DeliveryStatus.DELIVERED, times=2, at=now - timedelta(seconds=30))
        sender_health.review(now)
    assert spared() == set()


def test_what_nobody_has_used_for_long_leaves_no_row(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.DELIVERED)
    sender_health.review(make.NOW)
    assert SenderHealth.objects.count() == 1
    sender_health.review(make.NOW + timedelta(hours=1))
    assert SenderHealth.objects.count() == 0


def test_the_whole_country_in_trouble_changes_nobodys_sender(point: ContactPoint) -> None:
    before = [speaker(point, key) for key in range(200)]
    for sender in (OURS, OTHER):
        sent(point, DeliveryStatus.FAILED, code=30008, sender=sender)
    sender_health.review(make.NOW)
    assert spared() == {OURS, OTHER}
    assert [speaker(point, key) for key in range(200)] == before


def test_a_code_nobody_has_listed_is_kept_for_officers_to_see(point: ContactPoint) -> None:
    strange = max(CODES) + 1
    sent(point, DeliveryStatus.FAILED, code=strange, times=2)
    sender_health.review(make.NOW)
    assert sender_health.routes()[0].codes == {str(strange): 2}


def test_work_that_waits_for_a_spared_sender_is_taken_in_proportion(point: ContactPoint) -> None:
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    sender_health.review(make.NOW)
    takers = [gateway.instead_of(OURS, point.region, Channel.SMS, key=key) for key in range(1_000)]
    stay = sum(taker is not None and taker.id == OURS for taker in takers)
    assert 0 < stay < 3 * WEIGHTS[0] * len(takers)


def test_a_one_way_sender_never_takes_a_question(
    point: ContactPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = settings.SENDERS[:2]
    monkeypatch.setattr(settings, "SENDERS", (first, replace(second, two_way=False)))
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    sender_health.review(make.NOW)
    assert {speaker(point, key) for key in range(200)} == {OURS}


def speaker(point: ContactPoint, key: int) -> str:
    sender = gateway.sender_for(point.region, Channel.SMS, key=key)
    assert sender is not None
    return sender.id
