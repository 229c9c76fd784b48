"""How long does a caller hear nothing between a key and the next words, when fifty call at once?

Question: milliseconds from a key (or the ring) to the markup of the next step: signature, conversation,
database, markup. Input: CALLS calls under way at any time over signed HTTP, each choosing a language and
registering a trip by keys, then the next caller on that line. People listen before they press a key: here
LEAST to MOST seconds to every prompt, by chance from a seed; a prompt lasts up to 12 s, and a key cuts it
short. As long passes before the first call on each line. Then as many callers who listen to nothing and all
ring in one instant, as nobody does: the most turns a second. Baseline in the same run: the bare health page
on the same server, asked by as many at once. Everything runs on this machine, the load generator included; a
request is signed and encoded before its time is taken.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import urlencode, urlsplit

import aiohttp

from bench import running
from telephony import twilio_forms
from telephony.numbers import synthetic

CALLS: Final = 50
CALLERS: Final = 150
LEAST: Final = 1.0
MOST: Final = 4.0
SEED: Final = 50
BOUND_MS: Final = 300
_NEXT: Final = re.compile(r'action="([^"]+)"')
_REDIRECT: Final = re.compile(r"<Redirect[^>]*>([^<]+)<")


@dataclass(frozen=True, slots=True)
class _Line:
    """The way to the service, and the seconds that each turn on it took."""

    session: aiohttp.ClientSession
    target: running.Target
    pauses: Callable[[], float]
    took: list[float] = field(default_factory=list)


def main() -> None:
    """Print one line a figure."""
    with running.everything() as target:
        asyncio.run(_measure(target))


async def _measure(target: running.Target) -> None:
    connector = aiohttp.TCPConnector(limit=CALLS)
    async with aiohttp.ClientSession(target.base_url, connector=connector) as session:
        await _all_call(session, target, range(2 * CALLS))  # warm
        people = range(1_000, 1_000 + CALLERS)
        took = sorted(await _all_call(session, target, people, pauses=_listening(Random(SEED))))
        bare = await _bare_rate(session, 2_000)
        began = time.perf_counter()
        turns = len(await _all_call(session, target, range(2_000, 2_000 + CALLERS)))
        most = turns / (time.perf_counter() - began)
    print(f"voice calls_at_once={CALLS} callers={CALLERS} turns={len(took)} listens_seconds={LEAST}-{MOST}")
    print(f"voice p50_ms={statistics.median(took) * 1000:.0f}")
    print(f"voice p99_ms={took[int(len(took) * 0.99)] * 1000:.0f} bound={BOUND_MS}")
    print(f"voice max_turns_per_second={most:.0f} calls_at_once={CALLS}")
    print(f"voice ratio_to_bare_page={most / bare:.2f} bare_page_per_second={bare:.0f}")


def _listening(rng: Random) -> Callable[[], float]:
    """Draws the seconds that somebody listens before a key."""
    return lambda: rng.uniform(LEAST, MOST)


def _at_once() -> float:
    return 0.0


async def _all_call(
    session: aiohttp.ClientSession,
    target: running.Target,
    people: Iterable[int],
    *,
    pauses: Callable[[], float] = _at_once,
) -> list[float]:
    """Let these people call, CALLS at once, and pause before each key; the seconds of every turn."""
    waiting = iter(people)

    async def one_after_the_other() -> None:
        await asyncio.sleep(pauses())
        for person in waiting:
            await _call(line, person)

    line = _Line(session, target, pauses)
    await asyncio.gather(*(one_after_the_other() for _ in range(CALLS)))
    return line.took


async def _call(line: _Line, person: int) -> None:
    """One person registers a trip by keys, and hangs up at the menu that follows."""
    form = {
        "CallSid": f"CA{person:032x}",
        "AccountSid": line.target.account_sid,
        "From": synthetic(1_000_000 + person).e164,
        "To": line.target.sender,
        "Direction": "inbound",
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
    }
    words = await _turn(line, "/voice/answer", form)
    for keys in _keys():
        await asyncio.sleep(line.pauses())
        while (waits := _NEXT.search(words)) is None:
            words = await _turn(line, _target(_REDIRECT.search(words)), form)
        words = await _turn(line, _target(waits), {**form, "Digits": keys})


def _keys() -> tuple[str, ...]:
    """The first language; register, Libya by its telephone code, a week, two people, agreed."""
    today = datetime.now(UTC).date()
    start, end = today + timedelta(days=2), today + timedelta(days=9)
    return ("1", "1", "218", f"{start:%d%m}", f"{end:%d%m}", "2", "1")


def _target(found: re.Match[str] | None) -> str:
    if found is None:
        raise SystemExit("voice: the call neither asks nor goes on")
    return urlsplit(found[1]).path


async def _turn(line: _Line, path: str, form: Mapping[str, str]) -> str:
    """Post what the provider posts; the markup of the next step. Raises when there is none."""
    fields = {name: [value] for name, value in form.items()}
    signature = twilio_forms.sign(line.target.base_url + path, fields, token=line.target.token)
    body = urlencode(form).encode()
    began = time.perf_counter()
    async with line.session.post(path, data=body, headers=running.form_headers(signature)) as response:
        words = await response.text()
    line.took.append(time.perf_counter() - began)
    if response.status != 200 or "<Response>" not in words:
        raise SystemExit(f"voice: answered {response.status} instead of the next step")
    return words


async def _bare_rate(session: aiohttp.ClientSession, times: int) -> float:
    """Requests a second for the page that only says the process is up, CALLS at once."""
    numbers = iter(range(times))

    async def line() -> None:
        for _ in numbers:
            async with session.get("/healthz") as response:
                await response.read()

    began = time.perf_counter()
    await asyncio.gather(*(line() for _ in range(CALLS)))
    return times / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
