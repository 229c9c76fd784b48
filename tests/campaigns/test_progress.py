"""News of messages reaches recipients, in whatever order it comes."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns import batches, jobs, progress
from campaigns.models import Attempt, Batch, Campaign, Recipient
from core import delivery
from core.models import Message
from telephony.messages import DeliveryStatus, StatusUpdate
from tests import make

pytestmark = pytest.mark.django_db


def sending() -> tuple[Recipient, Message]:
    campaign = make.running_campaign(recipients=1)
    assert batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    return campaign.recipients.get(), Message.objects.get(attempt__recipient__campaign=campaign)


def test_a_callback_raises_the_recipient(django_capture_on_commit_callbacks: object) -> None:
    recipient, message = sending()
    assert message.token is not None
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        delivery.record(message.token, StatusUpdate("SM1", DeliveryStatus.DELIVERED), now=make.NOW)
    recipient.refresh_from_db()
    assert recipient.delivery == "delivered"


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(["queued", "sending", "sent", "delivered", "delivered", "sent"]))
def test_any_order_of_callbacks_ends_the_same(
    django_capture_on_commit_callbacks: object, order: list[str]
) -> None:
    recipient, message = sending()
    assert message.token is not None
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        for status in order:
            update = StatusUpdate(f"SM{message.pk}", DeliveryStatus(status))
            assert delivery.record(message.token, update, now=make.NOW)
    recipient.refresh_from_db()
    assert (recipient.delivery, recipient.progress) == ("delivered", 13)


def test_a_text_that_fails_late_uncovers_the_one_after_it(
    django_capture_on_commit_callbacks: object,
) -> None:
    recipient, first = sending()
    assert recipient.contact is not None
    second = make.sent_call(recipient.contact)
    Attempt.objects.create(recipient=recipient, step=2, channel="sms", message=second)
    Recipient.objects.filter(pk=recipient.pk).update(step=2)
    for message, sid, status in ((first, "SM1", "sent"), (second, "SM2", "sent"), (first, "SM1", "failed")):
        assert message.token is not None
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            delivery.record(message.token, StatusUpdate(sid, DeliveryStatus(status)), now=make.NOW)
    recipient.refresh_from_db()
    assert (recipient.delivery, recipient.progress) == ("sent", 22)


def test_news_that_was_never_passed_on_is_caught_up_with() -> None:
    recipient, message = sending()
    Message.objects.filter(pk=message.pk).update(status="delivered", rank=3)
    assert progress.catch_up(make.NOW, since=make.NOW - timedelta(days=1)) == 1
    recipient.refresh_from_db()
    assert recipient.delivery == "delivered"


def test_the_sweep_ends_a_campaign_that_two_workers_finished_at_once(redis_db: object, now: object) -> None:
    campaign = make.running_campaign(recipients=1)
    campaign.batches.update(state=Batch.State.DONE)
    jobs.settle()
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.DONE


def test_the_sweep_queues_what_waits(redis_db: object, now: object) -> None:
    make.running_campaign(recipients=1)
    jobs.sweep()
    assert redis_db.llen("rq:queue:campaign") == 1  # type: ignore[attr-defined]


def test_news_that_overtook_other_news_is_not_overwritten() -> None:
    recipient, message = sending()
    Recipient.objects.update(delivery="delivered", progress=13)
    Message.objects.filter(pk=message.pk).update(status="sent", rank=2)
    progress.on_delivery_changed(messages=[message.pk])
    recipient.refresh_from_db()
    assert recipient.delivery == "delivered"
