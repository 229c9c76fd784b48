from datetime import UTC, datetime, timedelta

import pytest

from telephony.errors import BadRequest, Decision, OutcomeUnknown, Refused
from telephony.memory import Memory
from telephony.messages import DeliveryStatus, ListedMessage, OutboundSms
from telephony.numbers import PhoneNumber, synthetic

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "https://alongside.example/sms/inbound"


class _Clock:
    """A minute passes with each message."""

    def __init__(self) -> None:
        self._now = START

    def __call__(self) -> datetime:
        self._now += timedelta(minutes=1)
        return self._now


@pytest.fixture
def provider() -> Memory:
    return Memory(clock=_Clock())


def _sms(to: PhoneNumber, body: str = "Are you safe?") -> OutboundSms:
    return OutboundSms(to=to, sender="Alongside", body=body, status_url="https://alongside.example/s")


async def _listed(provider: Memory, to: PhoneNumber, since: datetime = START) -> list[ListedMessage]:
    return [message async for message in provider.list_messages(to, since=since)]


async def test_what_is_accepted_is_kept_in_order_under_names_of_its_own(provider: Memory) -> None:
    first = await provider.send_sms(_sms(synthetic(1)))
    second = await provider.send_sms(_sms(synthetic(2)))
    assert [sms.to for sms in provider.sent] == [synthetic(1), synthetic(2)]
    assert first.sid != second.sid
    assert first.status is DeliveryStatus.QUEUED


async def test_a_number_can_be_refused_and_healed(provider: Memory) -> None:
    provider.refuse(synthetic(1), 21610)
    with pytest.raises(Refused) as caught:
        await provider.send_sms(_sms(synthetic(1)))
    assert caught.value.decision is Decision.OPT_OUT
    assert provider.sent == []
    provider.heal(synthetic(1))
    await provider.send_sms(_sms(synthetic(1)))
    assert len(provider.sent) == 1


async def test_a_lost_request_and_a_lost_answer_look_alike_until_one_asks(provider: Memory) -> None:
    provider.lose_request(synthetic(1))
    provider.lose_answer(synthetic(2))
    for number in (synthetic(1), synthetic(2)):
        with pytest.raises(OutcomeUnknown):
            await provider.send_sms(_sms(number))
    assert await _listed(provider, synthetic(1)) == []
    assert [message.body for message in await _listed(provider, synthetic(2))] == ["Are you safe?"]


async def test_listing_gives_one_numbers_messages_newest_first_since_a_time(provider: Memory) -> None:
    for body in ("one", "two", "three"):
        await provider.send_sms(_sms(synthetic(1), body))
    await provider.send_sms(_sms(synthetic(2)))
    since = START + timedelta(minutes=2)
    assert [message.body for message in await _listed(provider, synthetic(1), since)] == ["three", "two"]


async def test_a_message_fares_as_reported_and_is_gone_once_erased(provider: Memory) -> None:
    accepted = await provider.send_sms(_sms(synthetic(1)))
    provider.report(accepted.sid, DeliveryStatus.UNDELIVERED, 30003)
    update = await provider.fetch(accepted.sid)
    assert (update.status, update.code) == (DeliveryStatus.UNDELIVERED, 30003)
    await provider.erase(accepted.sid)
    await provider.erase(accepted.sid)
    with pytest.raises(Refused) as caught:
        await provider.fetch(accepted.sid)
    assert caught.value.code == 20404
    await provider.close()


def test_forms_are_signed_and_read_as_the_real_provider_does(provider: Memory) -> None:
    form = {"MessageSid": ["SM1"], "From": [synthetic(1).e164], "To": [synthetic(2).e164], "Body": ["hi"]}
    assert provider.verify(URL, form, provider.sign(URL, form))
    assert not provider.verify(URL, form, "wrong")
    assert provider.parse_inbound_sms(form).number == synthetic(1)
    assert provider.parse_status({"MessageSid": ["SM1"], "MessageStatus": ["sent"]}).sid == "SM1"
    with pytest.raises(BadRequest):
        provider.parse_status({})
