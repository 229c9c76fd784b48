"""A phone floods the service over HTTP; another one is answered all the same."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count

import aiohttp
import pytest
from django.conf import settings

from core.models import Message, OptOut
from telephony import twilio_forms
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests.console.browser import service
from tests.phone import Phone

pytestmark = pytest.mark.django_db(transaction=True)

FLOOD = 150


async def _post(session: aiohttp.ClientSession, phone: Phone, body: str, *, forged: bool = False) -> str:
    form = phone.form(body)
    url = f"{settings.PUBLIC_BASE_URL}/sms/inbound"
    signature = twilio_forms.sign(
        url, {name: [value] for name, value in form.items()}, token=settings.TWILIO_AUTH_TOKEN
    )
    headers = {"X-Twilio-Signature": "forged" if forged else signature}
    async with session.post("/sms/inbound", data=form, headers=headers) as response:
        return await response.text()


async def _flood(
    url: str, flooder: Phone, other: Phone, *, forged: bool = False
) -> tuple[Sequence[str], Sequence[str]]:
    """What the other phone hears, and which texts were answered before its own."""
    order: list[str] = []
    all_sent = asyncio.Event()
    connector = aiohttp.TCPConnector(limit=FLOOD + 10)
    async with aiohttp.ClientSession(url, connector=connector) as session:

        async def one(body: str, phone: Phone) -> str:
            said = await _post(session, phone, body, forged=forged and phone is flooder)
            order.append(body)
            return said

        async def last() -> None:
            all_sent.set()

        flood = [asyncio.create_task(one(f"spam number {number}", flooder)) for number in range(FLOOD)]
        stop = asyncio.create_task(one("STOP", flooder))
        after = asyncio.create_task(last())
        await all_sent.wait()
        heard = await one("REG LIBYA TRIPOLI 25/11 8/12", other)
        before = list(order)
        await asyncio.gather(*flood, stop, after)
        return [heard], before


@pytest.fixture
def sids() -> Iterator[int]:
    return count(1)


def test_a_flood_delays_nobody_else_and_loses_nothing(provider: Memory, sids: Iterator[int]) -> None:
    flooder, other = Phone(synthetic(500), provider, sids), Phone(synthetic(501), provider, sids)
    with service() as served:
        heard, before = asyncio.run(_flood(served.url, flooder, other))
    assert "Tripoli, Libya" in heard[0]
    assert len(before) < FLOOD / 2, "the other phone waited behind the flood"
    mine = Message.objects.filter(direction="in", contact__number__isnull=False)
    bodies = [message.body for message in mine]
    assert len(bodies) == FLOOD + 2
    assert OptOut.objects.count() == 1, "STOP is honoured in the middle of a flood"
    assert Message.objects.filter(direction="out").count() < 20


def test_forged_texts_of_a_phone_do_not_hold_up_its_own(provider: Memory, sids: Iterator[int]) -> None:
    # A number of its own: the process remembers for a minute how much a phone wrote.
    forger, owner = Phone(synthetic(502), provider, sids), Phone(synthetic(502), provider, sids)
    with service() as served:
        heard, _ = asyncio.run(_flood(served.url, forger, owner, forged=True))
    assert "Tripoli, Libya" in heard[0]
    assert Message.objects.filter(direction="in").count() == 1
