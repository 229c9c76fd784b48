"""How much news of messages a second does the service take in?

Question: signed status callbacks through HTTP: signature, the message's rise, the recipient's, the board.
A check-in for BENCH_RECIPIENTS people is sent; then "sent" comes for each text as fast as the connections
allow, then "delivered" for half of them at RATE a second and for the rest as fast as before. Baseline in the
same run, before and after: the bare health page on the same server. Everything runs on this machine, the load
generator included; the requests are signed and encoded before the clock starts. Exit code 1 when a message or
recipient does not show that its text has arrived.
"""

import asyncio
import os
import statistics
import sys
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp

from bench import carrier, load, running, spent
from bench.carrier import Accepted, Carrier
from bench.load import CONNECTIONS, Signed

RECIPIENTS: Final = 4_000
RATE: Final = 500
_PACE: Final = 1_000  # texts a second
_PATIENCE: Final = 120.0  # seconds until all texts are sent


def main() -> None:
    """Print one line a figure."""
    asyncio.run(_run(int(os.environ.get("BENCH_RECIPIENTS", RECIPIENTS))))


async def _run(recipients: int) -> None:
    async with carrier.accepting() as taking:
        with running.everything(taking.settings(_PACE)) as target:
            await running.side(target, "register", recipients)
            campaign = (await running.side(target, "launch", 0))["campaign"]
            if not await taking.until_accepted(recipients, seconds=_PATIENCE):
                sys.exit("callbacks: the check-in was not sent")
            await _measure(target, taking)
            wrong = await running.side(target, "undelivered", campaign)
    print("callbacks " + " ".join(f"undelivered_{name}={count}" for name, count in wrong.items()))
    if any(wrong.values()):
        sys.exit("callbacks: news was lost")


async def _measure(target: running.Target, taking: Carrier) -> None:
    half = len(taking.accepted) // 2
    sent = _news(target, taking.accepted, "sent")
    delivered = _news(target, taking.accepted, "delivered")
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(target.base_url, connector=connector) as session:
        await load.bare(session)  # warm
        before = await load.bare(session)
        spent_before = spent.by_kind(target.supervisor)
        first = await load.flood(session, sent, load.noted)
        cost = spent.per_request(spent_before, spent.by_kind(target.supervisor), len(sent))
        steady = await load.steadily(session, delivered[:half], load.noted, rate=RATE)
        second = await load.flood(session, delivered[half:], load.noted)
        bare = statistics.mean((before, await load.bare(session)))
    most = statistics.harmonic_mean((first, second), weights=(len(sent), len(delivered) - half))
    print(f"callbacks max_per_second={most:.0f} connections={CONNECTIONS}")
    print(f"callbacks cpu_ms_each {cost}")
    print(f"callbacks ratio_to_bare_page={most / bare:.2f} bare_page_per_second={bare:.0f}")
    print(f"callbacks offered_per_second={RATE} p50_ms={statistics.median(steady) * 1000:.0f}")
    print(f"callbacks p99_ms={load.p99(steady) * 1000:.0f}")


def _news(target: running.Target, texts: Sequence[Accepted], status: str) -> Sequence[Signed]:
    return [
        load.signed(
            target,
            urlsplit(text.status_url).path,
            {
                "SmsSid": text.sid,
                "SmsStatus": status,
                "MessageStatus": status,
                "To": text.to,
                "MessageSid": text.sid,
                "AccountSid": target.account_sid,
                "From": target.sender,
                "ApiVersion": "2010-04-01",
            },
        )
        for text in texts
    ]


if __name__ == "__main__":
    main()
