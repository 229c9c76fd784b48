"""Texts that come faster than anybody writes: kept, and read only where it matters at once."""

from collections.abc import Callable
from datetime import datetime

import pytest

from core import flood
from core.models import ContactPoint, Message
from tests.phone import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def floods(phone: Phone, now: datetime) -> Callable[[str], str]:
    """Texts from the phone while it writes too fast; returns our answer."""

    def texts(body: str) -> str:
        with flood.pressed():
            return phone.texts(body)

    return texts


def test_nothing_is_lost_and_an_officer_sees_it(floods: Callable[[str], str]) -> None:
    assert floods("REG LIBYA TRIPOLI 25/11 8/12") == ""
    kept = Message.objects.get()
    assert (kept.body, kept.unclear) == ("REG LIBYA TRIPOLI 25/11 8/12", True)


def test_the_same_text_twice_is_kept_once(phone: Phone, now: datetime) -> None:
    with flood.pressed():
        phone.texts("qwrtp", sid="SMsame")
        phone.texts("qwrtp", sid="SMsame")
    assert Message.objects.count() == 1
    assert phone.texts("qwrtp", sid="SMsame") == ""


@pytest.mark.parametrize("word", ["STOP", "Alto", "ARRET!", "إيقاف", "SOS", "aiuto", "2", "२"])
def test_stop_help_and_digits_are_read_however_fast_they_come(
    floods: Callable[[str], str], word: str
) -> None:
    assert floods(word) != ""


def test_a_repeat_from_somebody_deleted_leaves_no_trace(phone: Phone, now: datetime) -> None:
    form = phone.form("hello")
    phone.posts(form)
    phone.texts("DELETE")
    with flood.pressed():
        phone.posts(form)
    assert not ContactPoint.objects.exists()
