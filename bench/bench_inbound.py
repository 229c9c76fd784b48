"""How many texts a second are answered, and how long a person waits for the answer?

Question: signed inbound texts through HTTP: signature, understanding, database, reply. Input: SECONDS of
texts at RATE a second, people beginning a short conversation (a registration, consent, a question, a
greeting) one after the other, then the same conversations as fast as CONNECTIONS allow; then as fast the
answers to a check-in, "1" and words. Baseline in the same run: the bare health page on the same server.
Everything runs on this machine, the load generator included; the requests are signed and encoded before the
clock starts.
"""

import asyncio
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import aiohttp

from bench import carrier, load, running, spent
from bench.carrier import Carrier
from bench.chaos import SILENT, habit
from bench.load import CONNECTIONS, Signed
from bench.numbers import number
from telephony.numbers import synthetic

RATE: Final = 200
SECONDS: Final = 15
FLOOD: Final = 4_000
ASKED: Final = 4_000
_PACE: Final = 1_000  # texts a second
_PATIENCE: Final = 120.0  # seconds until they are asked
_NAMES: Final = 10**9  # above are the names of the conversations' texts, below those of the answers


def main() -> None:
    """Print one line a figure."""
    asyncio.run(_run())


async def _run() -> None:
    async with carrier.accepting() as taking:
        with running.everything(taking.settings(_PACE)) as target:
            await _measure(target, taking)


async def _measure(target: running.Target, taking: Carrier) -> None:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(target.base_url, connector=connector) as session:
        await load.flood(session, _conversations(target, first=0, count=200), load.answered)  # warm
        bare = await load.bare(session)
        texts = _conversations(target, first=1_000, count=RATE * SECONDS)
        steady = await load.steadily(session, texts, load.answered, rate=RATE)
        texts = _conversations(target, first=100_000, count=FLOOD)
        before = spent.by_kind(target.supervisor)
        most = await load.flood(session, texts, load.answered)
        cost = spent.per_request(before, spent.by_kind(target.supervisor), len(texts))
        answers = await _answers(target, taking)
        settled = await load.flood(session, answers, load.answered)
    print(f"inbound offered_per_second={RATE} seconds={SECONDS} answered={len(steady)}")
    print(f"inbound p50_ms={statistics.median(steady) * 1000:.0f}")
    print(f"inbound p99_ms={load.p99(steady) * 1000:.0f}")
    print(f"inbound max_per_second={most:.0f} connections={CONNECTIONS}")
    print(f"inbound cpu_ms_a_text {cost}")
    print(f"inbound ratio_to_bare_page={most / bare:.2f} bare_page_per_second={bare:.0f}")
    print(f"inbound check_in_answers_per_second={settled:.0f} ratio_to_other_texts={settled / most:.2f}")


async def _answers(target: running.Target, taking: Carrier) -> Sequence[Signed]:
    """What those say who answer a check-in; it has been put to ASKED people when this returns."""
    await running.side(target, "register", ASKED)
    await running.side(target, "launch", 0)
    if not await taking.until_accepted(ASKED, seconds=_PATIENCE):
        raise SystemExit("inbound: the check-in was not sent")
    places = [place for place in range(ASKED) if habit(place) != SILENT]
    return [load.text(target, number(place), habit(place).text, index=place) for place in places]


def _conversations(target: running.Target, *, first: int, count: int) -> Sequence[Signed]:
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
        phone = synthetic(1_000_000 + first + (len(lines) - line) * behind + turn)
        texts.append(load.text(target, phone, lines[line], index=_NAMES + first * 10 + index))
    return texts


if __name__ == "__main__":
    main()
