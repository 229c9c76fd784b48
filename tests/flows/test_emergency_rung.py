"""A silent person's emergency contact is asked, tells what they know, and marks nobody safe."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.conf import settings

from campaigns import ladder
from campaigns.models import Campaign, Case, Inquiry
from core import people
from core.models import AuditEvent, ContactPoint, EmergencyContact, Message
from core.privacy.index import blind_index
from telephony.messages import Channel
from telephony.numbers import synthetic
from telephony.senders import Sender
from tests import make
from tests.caller import Caller
from tests.climbing import Story, climbing
from twin.records import Pickup

pytestmark = pytest.mark.django_db
OWN = list(ladder.parse("text 10, contact 10, list 30").as_json())


@pytest.fixture
def story(redis_db: object) -> Iterator[Story]:
    with climbing() as story:
        yield story


@pytest.fixture
def caller(story: Story) -> Caller:
    return story.line.caller(0).picks_up(Pickup.NO_ANSWER)


@pytest.fixture
def maria(story: Story) -> Caller:
    return story.line.caller(1)


def named(caller: Caller, other: Caller, *, now: datetime = make.NOW) -> ContactPoint:
    """The caller's phone; its owner named the other as Ali's contact, who was told."""
    point = make.traveller(phone=caller.number)
    assert point.person is not None
    EmergencyContact.objects.create(
        person=point.person,
        number=other.number.e164,
        number_index=blind_index(other.number),
        asked_as="Ali Rossi",
        language="en",
        created_at=now,
        noticed_at=now,
        told_at=now,
    )
    return point


def silent(story: Story, caller: Caller, **columns: object) -> None:
    """Let the campaign climb to the emergency contact."""
    story.asks(caller, **{"ladder": OWN, **columns})  # type: ignore[arg-type]
    story.passes(10)
    story.passes(10)


def texts_to(story: Story, other: Caller) -> list[str]:
    return [sms.body for sms in story.provider.sent if sms.to == other.number]


def asked_of(other: Caller) -> list[str]:
    rows = Message.objects.filter(contact__number_index=blind_index(other.number), answers=None)
    return list(rows.filter(direction="out").values_list("body", flat=True))


def test_the_contact_is_asked_once_and_told_neither_place_nor_danger(
    story: Story, caller: Caller, maria: Caller
) -> None:
    named(caller, maria)
    silent(story, caller)
    story.passes(1)
    (words,) = asked_of(maria)
    assert "Ali Rossi, who gave us your number, has not answered us yet" in words
    assert make.SENDER in words
    assert not any(word in words for word in ("Libya", "Tripoli", "danger", "safe"))
    assert story.answer(caller) == ""
    (event,) = AuditEvent.objects.filter(verb="campaign.contacts_asked")
    assert event.figures == {"people": 1}


def test_the_ladder_goes_on_to_the_officers_list(story: Story, caller: Caller, maria: Caller) -> None:
    named(caller, maria)
    silent(story, caller)
    assert not Case.objects.exists()
    story.passes(30)
    assert Case.objects.get().reason == Case.Reason.SILENT


def test_who_named_nobody_is_listed_at_once(story: Story, caller: Caller) -> None:
    silent(story, caller)
    assert Case.objects.get().reason == Case.Reason.SILENT
    assert not Inquiry.objects.exists()


@pytest.mark.parametrize("words", ["she is safe", "I am safe, she too", "everything is fine", "1"])
def test_a_contact_never_marks_the_person_safe(
    story: Story, caller: Caller, maria: Caller, words: str
) -> None:
    named(caller, maria)
    silent(story, caller)
    assert story.texts(maria, words).startswith("Thank you. An officer reads what you wrote")
    assert story.answer(caller) == ""
    case = Case.objects.get()
    assert (case.reason, case.contact) == (Case.Reason.CONTACT, people.find(caller.number))
    assert case.words == f"[Word from their emergency contact] {words}"
    assert Message.objects.filter(unclear=True, contact=people.find(maria.number)).count() == 1


def test_a_contact_who_calls_for_help_makes_it_urgent_for_both(
    story: Story, caller: Caller, maria: Caller
) -> None:
    point = named(caller, maria)
    silent(story, caller)
    story.texts(maria, "help, she is trapped under rubble")
    reasons = dict(Case.objects.values_list("contact", "reason"))
    mother = people.find(maria.number)
    assert mother is not None
    assert reasons == {point.pk: "needs_help", mother.pk: "needs_help"}


def test_what_a_contact_in_need_writes_then_may_be_about_themselves(
    story: Story, caller: Caller, maria: Caller
) -> None:
    named(caller, maria)
    silent(story, caller)
    story.texts(maria, "SOS")
    story.texts(maria, "third floor, white house")
    words = list(Case.objects.order_by("opened_at", "pk").values_list("words", flat=True))
    assert len(words) == 2
    assert all("third floor, white house" in one for one in words)


def test_the_persons_own_answer_stands_whatever_the_contact_wrote(
    story: Story, caller: Caller, maria: Caller
) -> None:
    named(caller, maria)
    silent(story, caller)
    story.texts(maria, "she is fine")
    assert "noted that you are safe" in story.texts(caller, "1")
    assert story.answer(caller) == "safe"


def test_stop_and_zero_of_the_contact_are_respected(story: Story, caller: Caller, maria: Caller) -> None:
    named(caller, maria)
    people.opt_out(blind_index(maria.number), make.NOW, people.PERSON)
    silent(story, caller)
    assert asked_of(maria) == []
    assert Case.objects.get().reason == Case.Reason.SILENT


def test_zero_after_the_question_ends_it_for_good(story: Story, caller: Caller, maria: Caller) -> None:
    named(caller, maria)
    silent(story, caller)
    assert story.texts(maria, "0").startswith("Your number is deleted")
    assert not Case.objects.exists()


def test_one_who_was_not_told_yet_is_not_asked(story: Story, caller: Caller, maria: Caller) -> None:
    named(caller, maria)
    EmergencyContact.objects.update(told_at=None)
    silent(story, caller)
    assert asked_of(maria) == []


def test_a_drill_asks_nobodys_relatives(story: Story, caller: Caller, maria: Caller) -> None:
    named(caller, maria)
    silent(story, caller, drill=True)
    assert asked_of(maria) == []


def test_a_contact_who_sleeps_is_asked_in_the_morning_and_the_list_does_not_wait(
    story: Story, caller: Caller, maria: Caller
) -> None:
    named(caller, maria)
    story.line.advance(timedelta(hours=7).total_seconds())  # 21:00 in Tripoli, night or not for the contact
    with patch("campaigns.waking.sleeps_until", side_effect=_asleep):
        silent(story, caller)
        assert asked_of(maria) == []
        story.passes(30)
        assert Case.objects.get().reason == Case.Reason.SILENT
    story.campaign.refresh_from_db()
    assert story.campaign.state == Campaign.State.RUNNING, "somebody is still to be asked"
    story.line.advance(timedelta(hours=14).total_seconds())
    story.minute()
    assert len(asked_of(maria)) == 1


def _asleep(now: datetime, zone: str) -> datetime | None:
    """Night everywhere but where the trip is."""
    return None if zone == "Africa/Tripoli" else now + timedelta(hours=11)


def test_who_answers_while_the_contact_sleeps_has_nobody_asked(
    story: Story, caller: Caller, maria: Caller
) -> None:
    named(caller, maria)
    with patch("campaigns.waking.sleeps_until", side_effect=_asleep):
        silent(story, caller)
    story.texts(caller, "1")
    story.line.advance(timedelta(hours=14).total_seconds())
    story.minute()
    assert asked_of(maria) == []


def test_the_text_comes_from_another_number_where_there_is_one(story: Story, caller: Caller) -> None:
    other = Sender(synthetic(1).e164, voice=False, segments_per_second=100.0)
    first = replace(settings.SENDERS[0], sms=True)
    with patch.object(settings, "SENDERS", (first, other)):
        story.asks(caller, ladder=list(ladder.parse("other 10, list 30").as_json()))
        story.passes(10)
        senders = {sms.sender for sms in story.provider.sent}
        assert senders == {make.SENDER, other.id}
        assert Message.objects.filter(channel=Channel.SMS, sender=other.id).count() == 1
    story.texts(caller, "1")
    assert story.answer(caller) == "safe"


def test_without_another_number_the_same_one_writes_again(story: Story, caller: Caller) -> None:
    story.asks(caller, ladder=list(ladder.parse("other 10, list 30").as_json()))
    story.passes(10)
    assert story.inbox(caller) == 2
