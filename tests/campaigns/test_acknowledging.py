"""The sign that an alert was read: counted apart, and never taken for "safe"."""

from datetime import timedelta

import pytest

from campaigns import tally
from campaigns.models import Campaign, Case, Recipient
from campaigns.texts import Wordings
from core.models import ContactPoint
from core.privacy.index import blind_index
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db

Answer = Recipient.Answer


@pytest.fixture
def alert(phone: Phone, now: object) -> Recipient:
    """An alert to the phone that asks to be read."""
    return told(phone)


def told(phone: Phone, *, minutes_ago: int = 5) -> Recipient:
    """A running alert that asks for a sign, just delivered to the phone."""
    found = ContactPoint.objects.filter(number_index=blind_index(phone.number)).first()
    point = found or make.traveller(phone=phone.number)
    recipient = make.asked(point, now=make.NOW - timedelta(minutes=minutes_ago))
    Campaign.objects.filter(pk=recipient.campaign_id).update(kind=Campaign.Kind.ALERT, acknowledge=True)
    recipient.refresh_from_db()
    return recipient


def answer(recipient: Recipient) -> str:
    recipient.refresh_from_db()
    return recipient.answer


@pytest.mark.parametrize("text", ["4", "4.", "٤", "1", "ok", "yes"])
def test_the_digit_and_what_people_write_instead_say_that_it_was_read(
    phone: Phone, alert: Recipient, text: str
) -> None:
    assert "you have read it" in phone.texts(text)
    assert answer(alert) == Answer.ACKNOWLEDGED


def test_who_has_read_it_is_counted_apart_from_who_is_safe(phone: Phone, alert: Recipient) -> None:
    phone.texts("4")
    counts = tally.of(alert.campaign)
    assert (counts.acknowledged, counts.safe, counts.answered, counts.silent) == (1, 0, 1, 0)


def test_a_cry_for_help_opens_a_case_and_stands_on_its_board(phone: Phone, alert: Recipient) -> None:
    assert "call for help" in phone.texts("we are trapped, help us")
    assert answer(alert) == Answer.NEEDS_HELP
    assert Case.objects.get().campaign == alert.campaign


def test_a_cry_for_help_is_not_taken_back_by_having_read(phone: Phone, alert: Recipient) -> None:
    phone.texts("I need help")
    phone.texts("4")
    assert answer(alert) == Answer.NEEDS_HELP


def test_a_digit_of_a_check_in_is_the_check_ins_though_the_alert_came_later(
    phone: Phone, alert: Recipient
) -> None:
    check_in = make.asked(alert.contact, now=make.NOW - timedelta(minutes=10))  # type: ignore[arg-type]
    phone.texts("2")
    assert answer(check_in) == Answer.NEEDS_HELP
    assert answer(alert) == ""


def test_having_read_an_alert_never_answers_the_check_in_asked_after_it(
    phone: Phone, alert: Recipient
) -> None:
    check_in = make.asked(alert.contact, now=make.NOW - timedelta(minutes=1))  # type: ignore[arg-type]
    reply = phone.texts("4")
    assert (answer(alert), answer(check_in)) == (Answer.ACKNOWLEDGED, "")
    assert "are you safe" in reply


def test_an_alert_that_asks_for_nothing_takes_no_sign(phone: Phone, alert: Recipient) -> None:
    Campaign.objects.filter(pk=alert.campaign_id).update(acknowledge=False)
    phone.texts("4")
    assert answer(alert) == ""


def test_days_after_its_end_it_takes_no_sign_any_more(phone: Phone, alert: Recipient) -> None:
    Campaign.objects.filter(pk=alert.campaign_id).update(ended_at=make.NOW - timedelta(hours=73))
    phone.texts("4")
    assert answer(alert) == ""


def test_every_text_of_it_ends_with_what_to_answer() -> None:
    campaign = make.campaign(kind=Campaign.Kind.ALERT, texts={"en": "Boil water.", "it": "Bollite l'acqua."})
    campaign.acknowledge = True
    wordings = Wordings(campaign)
    assert wordings.of("en").body == "Boil water. Reply 4 when you have read this."
    assert wordings.of("it").body == "Bollite l'acqua. Rispondi 4 quando hai letto."
