"""Which provider, and which sender for whom."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import gateway
from telephony.memory import Memory
from telephony.messages import Channel
from telephony.senders import Sender
from telephony.twilio_api import Twilio
from tests import make

pytestmark = pytest.mark.django_db  # how senders fare is read from there


def test_the_configured_provider_is_one_object() -> None:
    assert gateway.provider() is gateway.provider()
    assert isinstance(gateway.provider(), Twilio)


def test_another_provider_takes_its_place_for_a_while() -> None:
    memory = Memory(clock=lambda: make.NOW)
    with gateway.using(memory):
        assert gateway.provider() is memory
    assert gateway.provider() is not memory


def test_people_divide_between_senders_by_their_rates(settings: object) -> None:
    settings.SENDERS = (Sender("FAST", segments_per_second=30), Sender("SLOW", segments_per_second=10))  # type: ignore[attr-defined]
    chosen = Counter(sender_of(key) for key in range(4_000))
    assert 2_850 < chosen["FAST"] < 3_150


@given(st.integers(0, 2**62))
def test_the_same_person_always_gets_the_same_sender(key: int) -> None:
    assert sender_of(key) == sender_of(key)
    assert 0 <= gateway.spread(key) < gateway.SPREAD_RANGE


def sender_of(key: int) -> str:
    sender = gateway.sender_for("IT", Channel.SMS, key=key)
    assert sender is not None
    return sender.id


@pytest.mark.parametrize(
    ("sender", "region", "channel", "reached"),
    [
        (Sender("A"), "IT", Channel.SMS, True),
        (Sender("A", sms=False), "IT", Channel.SMS, False),
        (Sender("A", sms=False), "IT", Channel.VOICE, True),
        (Sender("A", countries=("NP",)), "IT", Channel.SMS, False),
        (Sender("A", countries=("NP",)), None, Channel.SMS, False),
        (Sender("A", two_way=False), "IT", Channel.SMS, False),
    ],
)
def test_a_sender_speaks_only_where_and_how_it_may(
    settings: object, sender: Sender, region: str | None, channel: Channel, reached: object
) -> None:
    settings.SENDERS = (sender,)  # type: ignore[attr-defined]
    assert (gateway.sender_for(region, channel, key=1) is not None) is reached
