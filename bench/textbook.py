"""The two things dispatch is measured against: the SDK's bare loop, and one RQ job for each message."""

import asyncio
import os
import time
from collections.abc import Iterator
from functools import lru_cache

import uvloop
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from bench import spent
from telephony.numbers import synthetic

SID = "AC" + "0" * 32
TEXT = "Ministry: earthquake in Libya. Are you safe? Reply 1 safe, 2 need help, 3 not there."


def bare(messages: int, *, in_flight: int) -> float:
    """Messages a second of the SDK's own asynchronous client, so many requests at once, and nothing else.

    On the event loop that our workers run on.
    """
    return uvloop.run(_bare(messages, in_flight))


async def _bare(messages: int, in_flight: int) -> float:
    async with AsyncTwilioHttpClient() as http:
        client = Client(SID, "token", http_client=http)
        client.api.base_url = os.environ["TWILIO_API_BASE_URL"]
        numbers = iter(range(messages))
        await asyncio.gather(*(_some(client, iter(range(64))) for _ in range(in_flight)))  # warm
        meter = spent.meter(client=[os.getpid()], sink=[int(os.environ["BENCH_SINK"])])
        began = time.perf_counter()
        await asyncio.gather(*(_some(client, numbers) for _ in range(in_flight)))
        took = time.perf_counter() - began
        print(f"dispatch bare cpu_ms_a_message {meter.a_message(messages)}")
        return messages / took


async def _some(client: Client, numbers: Iterator[int]) -> None:
    for number in numbers:
        await client.messages.create_async(
            to=synthetic(5_000 + number).e164,
            from_=synthetic(0).e164,
            body=TEXT,
            status_callback="http://127.0.0.1:8000/sms/status/0",
        )


@lru_cache(maxsize=1)
def _client() -> Client:
    client = Client(SID, "token")
    client.api.base_url = os.environ["TWILIO_API_BASE_URL"]
    return client


def send_one(number: int) -> str | None:
    """The job of the textbook."""
    message = _client().messages.create(
        to=synthetic(5_000 + number).e164,
        from_=synthetic(0).e164,
        body=TEXT,
        status_callback="http://127.0.0.1:8000/sms/status/0",
    )
    sid: str | None = message.sid
    return sid
