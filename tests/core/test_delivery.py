"""A message's status only rises, its sid is learnt wherever it is told, and refusals have consequences."""

import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.environment import demo_senders
from core import delivery, queues
from core.delivery import News
from core.models import ContactPoint, Message, OptOut
from core.signals import delivery_changed
from telephony.errors import CODES, Decision
from telephony.memory import Memory
from telephony.messages import Channel, DeliveryStatus, ListedMessage, OutboundSms, StatusUpdate
from telephony.numbers import synthetic
from tests import make

pytestmark = pytest.mark.django_db


def outbound(*, sid: str | None = None, contact: ContactPoint | None = None) -> Message:
    return Message.objects.create(
        contact=contact or make.traveller(),
        direction=Message.Direction.OUT,
        channel=Channel.SMS,
        sender=make.SENDER,
        created_at=make.NOW,
        token=uuid.uuid4(),
        provider_sid=sid,
        status=DeliveryStatus.SENDING,
        rank=DeliveryStatus.SENDING.rank,
        status_at=make.NOW,
    )


def told(message: Message, status: str, code: int | None = None, sid: str | None = None) -> bool:
    assert message.token is not None
    update = StatusUpdate(sid or f"SM{message.pk}", DeliveryStatus(status), code)
    known = delivery.record(message.token, update, now=make.NOW)
    message.refresh_from_db()
    return known


def listed(sid: str, body: str = "hello") -> ListedMessage:
    return ListedMessage(sid, make.number(), make.SENDER, body, DeliveryStatus.SENT, created=make.NOW)


def test_a_late_sent_does_not_undo_delivered() -> None:
    message = outbound()
    told(message, "delivered")
    assert told(message, "sent"), "it is known all the same"
    assert message.status == "delivered"


def test_the_first_of_the_ends_wins() -> None:
    message = outbound()
    told(message, "failed", 30005)
    told(message, "delivered")
    assert (message.status, message.error_code) == ("failed", 30005)


def test_an_unknown_token_is_nobodys_message() -> None:
    assert not delivery.record(uuid.uuid4(), StatusUpdate("SM1", DeliveryStatus.SENT), now=make.NOW)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(["queued", "sending", "sent", "delivered"]), min_size=1))
def test_the_order_of_updates_does_not_matter(order: list[str]) -> None:
    message = outbound()
    for status in order:
        told(message, status)
    highest = max([DeliveryStatus.SENDING, *map(DeliveryStatus, order)], key=lambda status: status.rank)
    assert (message.status, message.rank) == (highest.value, highest.rank)
    assert message.provider_sid == f"SM{message.pk}"


def test_a_sid_never_learnt_is_learnt_from_a_callback_that_changes_nothing_else() -> None:
    message = outbound()
    told(message, "queued", sid="SM9")
    assert (message.status, message.provider_sid) == ("sending", "SM9")


def test_a_sid_that_another_message_has_is_not_taken_from_it() -> None:
    outbound(sid="SM9")
    message = outbound()
    assert told(message, "sent", sid="SM9")
    assert (message.status, message.provider_sid) == ("sent", None)


def test_each_rise_is_announced_once_after_the_commit(django_capture_on_commit_callbacks: object) -> None:
    heard: list[list[int]] = []

    def listen(*, messages: list[int], **_: object) -> None:
        heard.append(messages)

    delivery_changed.connect(listen)
    message = outbound(sid="SM1")
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        for status in ("sent", "sent", "delivered", "sent"):
            told(message, status, sid="SM1")
    delivery_changed.disconnect(listen)
    assert heard == [[message.pk], [message.pk]]


def test_a_stop_that_the_provider_tells_is_remembered() -> None:
    message = outbound()
    told(message, "failed", 21610)
    assert OptOut.objects.get().number_index == message.contact.number_index


@pytest.mark.parametrize(
    "code", [code for code, rule in CODES.items() if rule.decision is not Decision.OPT_OUT]
)
def test_a_code_closes_the_channel_only_when_it_says_so(code: int) -> None:
    message = outbound()
    told(message, "undelivered", code)
    closes = CODES[code].decision in {Decision.OTHER_CHANNEL, Decision.NEVER}
    assert ContactPoint.objects.get().sms_refused == (code if closes else None)
    assert not OptOut.objects.exists()


def test_an_unknown_code_closes_nothing_and_alarms(caplog: pytest.LogCaptureFixture) -> None:
    message = outbound()
    with caplog.at_level(logging.ERROR):
        told(message, "undelivered", 39999)
    assert ContactPoint.objects.get().sms_refused is None
    assert "39999" in caplog.text


def test_an_answer_that_comes_after_its_callback_changes_nothing() -> None:
    message = outbound()
    told(message, "delivered", sid="SM1")
    delivery.accepted([(message.pk, "SM1")])
    message.refresh_from_db()
    assert (message.status, message.provider_sid) == ("delivered", "SM1")


def test_what_was_put_back_waits_and_what_was_healed_does_not() -> None:
    lost, healed = outbound(), outbound()
    told(healed, "sent")
    assert delivery.put_back([lost.pk, healed.pk]) == 1
    lost.refresh_from_db()
    assert (lost.status, lost.rank) == ("queued", 0)


def test_a_listed_message_that_is_anothers_is_not_adopted() -> None:
    message = outbound()
    outbound(sid="SM1", contact=message.contact)
    assert not delivery.adopt(message.pk, [listed("SM1")], now=make.NOW)
    assert delivery.adopt(message.pk, [listed("SM1"), listed("SM2")], now=make.NOW)
    message.refresh_from_db()
    assert (message.provider_sid, message.status) == ("SM2", "sent")


def test_a_text_whose_name_is_that_of_a_text_to_somebody_else_went_out_and_is_not_sent_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outbound(sid="SM1")
    message = outbound()
    assert delivery.adopt(message.pk, [listed("SM1")], now=make.NOW)
    message.refresh_from_db()
    assert (message.provider_sid, message.status) == (None, "sent")
    assert "one name" in caplog.text
    assert told(message, "delivered")
    assert (message.provider_sid, message.status) == (f"SM{message.pk}", "delivered")


def test_a_name_that_is_taken_keeps_no_other_message_from_its_own(caplog: pytest.LogCaptureFixture) -> None:
    outbound(sid="SM1")
    first, doubtful, last, twice = (outbound() for _ in range(4))
    sids = [(first.pk, "SM2"), (doubtful.pk, "SM1"), (last.pk, "SM3"), (twice.pk, "SM3")]
    assert delivery.accepted(sids) == [doubtful.pk, twice.pk]
    named = Message.objects.filter(provider_sid__isnull=False).values_list("pk", "provider_sid")
    assert {(first.pk, "SM2"), (last.pk, "SM3")} < set(named)
    assert Message.objects.filter(pk__in=[doubtful.pk, twice.pk], provider_sid=None).count() == 2
    assert caplog.text.count("one name") == 2
    assert first.contact.phone.e164 not in caplog.text


def test_why_a_text_was_not_taken_is_kept_where_the_sender_may_be_the_reason() -> None:
    ours, crowded, gone = outbound(), outbound(), outbound(sid="SM1")
    delivery.not_taken({ours.pk: 503, crowded.pk: 20429, gone.pk: 503})
    assert dict(Message.objects.values_list("pk", "error_code")) == {
        ours.pk: 503,
        crowded.pk: None,
        gone.pk: None,
    }


async def test_only_the_same_words_from_the_same_sender_are_a_trace() -> None:
    provider = Memory(clock=lambda: make.NOW)
    to = synthetic(700)
    for sender, body in ((make.SENDER, "hello"), (make.SENDER, "other"), ("OTHER", "hello")):
        sms = OutboundSms(to, sender, body, status_url="http://x")
        await provider.send_sms(sms)
    sought = delivery.Unsure(1, to, make.SENDER, "hello", make.NOW - timedelta(minutes=1))
    assert len(await delivery.trace(provider, sought)) == 1


def test_an_officers_text_is_kept_and_queued(
    redis_db: object, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        message = delivery.send_one(make.traveller(), "Where are you?", now=make.NOW)
    assert (message.status, message.body) == ("queued", "Where are you?")
    assert queues.waiting(queues.URGENT) == 1


def test_an_officers_text_goes_by_the_number_the_person_knows() -> None:
    point = make.traveller()
    known = demo_senders()[1].id
    make.inbound(point)
    Message.objects.update(sender=known)
    assert delivery.send_one(point, "Where are you?", now=make.NOW).sender == known


def test_nothing_is_said_to_who_said_stop() -> None:
    with pytest.raises(delivery.OptedOut):
        delivery.send_one(make.opted_out(make.traveller()), "Hello", now=make.NOW)


def test_without_a_sender_for_the_country_it_is_refused(settings: object) -> None:
    settings.SENDERS = ()  # type: ignore[attr-defined]
    with pytest.raises(delivery.NoSender):
        delivery.send_one(make.traveller(), "Hello", now=make.NOW)


def test_an_end_that_came_without_a_sid_still_wins() -> None:
    message = outbound()
    delivery.refused([(message.pk, 30005)], now=make.NOW)
    told(message, "delivered")
    assert (message.status, message.error_code) == ("failed", 30005)


def news(message: Message, status: str, code: int | None = None, sid: str | None = None) -> News:
    assert message.token is not None
    return News(message.token, StatusUpdate(sid or f"SM{message.pk}", DeliveryStatus(status), code))


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told_of=st.lists(
        st.tuples(
            st.integers(0, 3),
            st.sampled_from(["queued", "sent", "delivered", "failed", "undelivered"]),
            st.sampled_from([None, 30003, 30005, 21610]),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_news_taken_in_together_leave_what_they_leave_one_by_one(
    told_of: list[tuple[int, str, int | None, int]],
) -> None:
    """The last index has a name that another message may have as well; one message is nobody's."""
    left = []
    for together in (False, True):
        Message.objects.all().delete()
        ContactPoint.objects.all().delete()
        OptOut.objects.all().delete()
        point = [make.contact(), make.contact(), make.contact()]
        messages = [outbound(contact=contact) for contact in point]
        messages.append(Message(pk=0, token=uuid.uuid4()))
        all_news = [news(messages[of], status, code, f"SM{name}") for of, status, code, name in told_of]
        if together:
            known = list(delivery.record_all(all_news, now=make.NOW))
        else:
            known = [delivery.record(one.token, one.update, now=make.NOW) for one in all_news]
        rows = Message.objects.order_by("pk").values_list("status", "rank", "error_code", "provider_sid")
        refused = ContactPoint.objects.order_by("pk").values_list("sms_refused", flat=True)
        left.append((known, list(rows), list(refused), OptOut.objects.count()))
    assert left[0] == left[1]


@pytest.mark.django_db(transaction=True)
def test_news_of_many_wait_for_nobody_who_holds_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the held message has let go of the others: nobody can lock each other out."""
    held, free = outbound(), outbound()
    alone, record = threading.Event(), delivery.record

    def taken_alone(*told: object, **when: object) -> bool:
        alone.set()
        return record(*told, **when)  # type: ignore[arg-type]

    def tell() -> list[bool]:
        try:
            return list(delivery.record_all([news(free, "sent"), news(held, "sent")], now=make.NOW))
        finally:
            connections.close_all()

    monkeypatch.setattr(delivery, "record", taken_alone)
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            Message.objects.select_for_update().get(pk=held.pk)
            telling = thread.submit(tell)
            assert alone.wait(30)
            assert Message.objects.select_for_update().get(pk=free.pk).status == "sent"
        assert telling.result(30) == [True, True]
    held.refresh_from_db()
    assert held.status == "sent"
