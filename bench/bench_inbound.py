"""How many texts a second are answered, and how long a person waits for the answer?

Question: signed inbound texts through HTTP: signature, understanding, database, reply. Input: SECONDS of
texts at RATE a second, people beginning a short conversation (a registration, consent, a question, a
greeting) one after the other, then the same conversations as fast as CONNECTIONS allow. Baseline in the same
run: the bare health page on the same server. Everything runs on this machine, the load generator included;
the requests are signed and encoded before the clock starts.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import aiohttp

from bench import running
from telephony import twilio_forms
from telephony.numbers import synthetic

RATE: Final = 200
SECONDS: Final = 15
CONNECTIONS: Final = 48
FLOOD: Final = 4_000


@dataclass(frozen=True, slots=True)
class Text:
    """One signed request, encoded and ready to post."""

    path: str
    body: bytes
    headers: Mapping[str, str]


def main() -> None:
    """Print one line a figure."""
    with running.everything() as target:
        asyncio.run(_measure(target))


async def _measure(target: running.Target) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(target.base_url, connector=connector) as session:
        await _flood(session, _conversations(target, first=0, count=200))  # warm
        bare = await _bare_rate(session)
        steady = await _steadily(session, _conversations(target, first=1_000, count=RATE * SECONDS))
        texts = _conversations(target, first=100_000, count=FLOOD)
        began = time.perf_counter()
        await _flood(session, texts)
        most = FLOOD / (time.perf_counter() - began)
    ordered = sorted(steady)
    print(f"inbound offered_per_second={RATE} seconds={SECONDS} answered={len(steady)}")
    print(f"inbound p50_ms={statistics.median(ordered) * 1000:.0f}")
    print(f"inbound p99_ms={ordered[int(len(ordered) * 0.99)] * 1000:.0f}")
    print(f"inbound max_per_second={most:.0f} connections={CONNECTIONS}")
    print(f"inbound ratio_to_bare_page={most / bare:.2f} bare_page_per_second={bare:.0f}")


def _conversations(target: running.Target, *, first: int, count: int) -> Sequence[Text]:
    """`count` texts in the order they are sent, all lines of the story mixed as at any moment of a busy day.

    A person says the next line when RATE other texts were sent, a second later at that rate. Whoever said the
    first lines before the beginning only says the rest.
    """
    today = datetime.now(UTC).date()
    start, end = today + timedelta(days=2), today + timedelta(days=9)
    lines = (f"REG LIBYA TRIPOLI {start:%d/%m} {end:%d/%m} 2 people", "1", "?", "good morning")
    behind = RATE // len(lines)  # people who begin between two lines of one
    texts = []
    for index in range(count):
        turn, line = divmod(index, len(lines))
        person = first + (len(lines) - line) * behind + turn
        texts.append(_text(target, person=person, line=lines[line], index=first * 10 + index))
    return texts


def _text(target: running.Target, *, person: int, line: str, index: int) -> Text:
    sid = f"SM{index:032x}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": target.account_sid,
        "From": synthetic(1_000_000 + person).e164,
        "To": target.sender,
        "Body": line,
        "NumMedia": "0",
        "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }
    path = "/sms/inbound"
    fields = {name: [value] for name, value in form.items()}
    signature = twilio_forms.sign(target.base_url + path, fields, token=target.token)
    return Text(path, urlencode(form).encode(), running.form_headers(signature))


async def _post(session: aiohttp.ClientSession, text: Text) -> float:
    """Post one text; the seconds until its answer. Raises when it is not answered."""
    began = time.perf_counter()
    async with session.post(text.path, data=text.body, headers=text.headers) as response:
        body = await response.text()
        if response.status != 200 or "</Message>" not in body:
            raise SystemExit(f"inbound: answered {response.status} instead of a text")
    return time.perf_counter() - began


async def _steadily(session: aiohttp.ClientSession, texts: Sequence[Text]) -> list[float]:
    """Offer RATE texts a second whatever the answers take; the seconds each person waited."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = []
    for index, text in enumerate(texts):
        await asyncio.sleep(max(0.0, began + index / RATE - loop.time()))
        tasks.append(asyncio.create_task(_post(session, text)))
    return list(await asyncio.gather(*tasks))


async def _flood(session: aiohttp.ClientSession, texts: Sequence[Text]) -> None:
    """Offer the texts as fast as the connections allow, in order."""
    queue = iter(texts)

    async def connection() -> None:
        for text in queue:
            await _post(session, text)

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))


async def _bare_rate(session: aiohttp.ClientSession) -> float:
    """Requests a second for the page that only says the process is up."""
    count = 2_000
    numbers = iter(range(count))

    async def connection() -> None:
        for _ in numbers:
            async with session.get("/healthz") as response:
                await response.read()

    began = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
