"""The one word "help" is a cry wherever somebody asks whether one is safe, and instructions elsewhere."""

from datetime import timedelta

import pytest

from campaigns.models import Campaign, Case, Recipient
from core.models import ContactPoint
from tests import make
from tests.phone import Phone

pytestmark = pytest.mark.django_db

Answer = Recipient.Answer


@pytest.fixture
def point(phone: Phone, now: object) -> ContactPoint:
    return make.traveller(phone=phone.number)


@pytest.fixture
def recipient(point: ContactPoint) -> Recipient:
    return make.asked(point, now=make.NOW - timedelta(minutes=5))


def answer(recipient: Recipient) -> str:
    recipient.refresh_from_db()
    return recipient.answer


@pytest.mark.parametrize("words", ["HELP HELP", "help help help", "2 help", "HELP 2", "1 HELP", "help now"])
def test_help_is_a_cry_however_often_and_with_whatever_digit(
    phone: Phone, recipient: Recipient, words: str
) -> None:
    assert "your call for help is with the crisis unit" in phone.texts(words)
    assert answer(recipient) == Answer.NEEDS_HELP
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


@pytest.mark.parametrize("words", ["aiuto", "HILFE", "ayuda", "مساعدة", "помощь"])
def test_help_is_a_cry_in_every_language_whichever_was_chosen(
    phone: Phone, recipient: Recipient, words: str
) -> None:
    ContactPoint.objects.update(language_chosen=True)
    assert "your call for help is with the crisis unit" in phone.texts(words)
    assert answer(recipient) == Answer.NEEDS_HELP


@pytest.mark.parametrize("words", ["?", "how does this work", "info"])
def test_a_wish_for_instructions_is_no_cry(phone: Phone, recipient: Recipient, words: str) -> None:
    phone.texts(words)
    assert answer(recipient) == ""
    assert not Case.objects.exists()


def test_help_is_a_cry_in_the_middle_of_a_registration_too(phone: Phone, recipient: Recipient) -> None:
    phone.texts("REG EGYPT CAIRO")
    phone.texts("HELP")
    assert answer(recipient) == Answer.NEEDS_HELP


def test_help_is_a_cry_where_a_check_in_is_out_that_has_not_asked_yet(
    phone: Phone, point: ContactPoint
) -> None:
    campaign = make.asked(make.traveller()).campaign
    phone.texts("HELP")
    assert Case.objects.get().campaign == campaign
    assert Recipient.objects.get(contact=point).answer == Answer.NEEDS_HELP


def test_help_is_a_cry_after_a_warning(phone: Phone, recipient: Recipient) -> None:
    Campaign.objects.update(kind=Campaign.Kind.ALERT, acknowledge=True)
    phone.texts("HELP")
    assert Case.objects.get().campaign == recipient.campaign


@pytest.mark.parametrize(
    "over", [{"drill": True}, {"closed_at": make.NOW}, {"audience": {"countries": ["JP"]}}]
)
def test_help_asks_for_instructions_where_nothing_real_is_out(
    phone: Phone, point: ContactPoint, over: dict[str, object]
) -> None:
    make.asked(make.traveller())
    Campaign.objects.update(**over)
    assert "You can write UPDATE" in phone.texts("HELP")
    assert not Case.objects.exists()
