"""How near does the engine come to the bare client, and how far ahead is it of the textbook?

Question: messages a second from the recipients' commit to the last message written down: claim, decrypt, send
under the throttle, record, count. One worker process, then two; one very fast sender. Baselines in the same
run: the SDK's own asynchronous client in a bare loop with as many requests in flight, and one RQ job for each
message with the SDK's synchronous client; and Kannel from its spool, where Debian's package is installed. All
send to a local server that accepts at once. PostgreSQL and Redis are started for the run, with their files
flushed as in production.

Everything shares this machine's cores, so each side also says how many milliseconds of CPU each of its parts
took for a message (`cpu_ms_a_message`), the accepting server among them. Once a side fills the cores, nothing
but that sum decides, and no further worker helps.

With BENCH_RECIPIENTS above RECIPIENTS one worker sends to as many as well, last and alone: `peak_mb` of both
says whether its memory grows with the campaign.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bench import kannel
from config import embedded
from telephony.numbers import synthetic

ROOT: Final = Path(__file__).resolve().parent.parent
RECIPIENTS: Final = 20_000
BARE: Final = 10_000
IN_FLIGHT: Final = 64
SIMPLE: Final = 400
FORKED: Final = 40
_RATE: Final = 1_000_000  # segments a second: the throttle is asked, and never the limit


def main() -> None:
    """Print one line a figure."""
    wanted = int(os.environ.get("BENCH_RECIPIENTS", RECIPIENTS))
    recipients = min(wanted, RECIPIENTS)
    with _sink() as port:
        with _service(port):
            before = _figure("bare", BARE, IN_FLIGHT)
            ours = _figure("ours", recipients, 1)
            after = _figure("bare", BARE, IN_FLIGHT)
            simple, forked = _figure("simple", SIMPLE), _figure("forked", FORKED)
            gateway = _figure("kannel", BARE) if kannel.is_installed() else None
        with _service(port):
            pair = _figure("ours", recipients, 2)
        if wanted > recipients:
            with _service(port):
                print(f"dispatch recipients={wanted} per_second={_figure('ours', wanted, 1):.0f}")
    bare = (before + after) / 2
    print(f"dispatch recipients={recipients} per_second={ours:.0f}")
    print(f"dispatch two_workers_per_second={pair:.0f} to_one={pair / ours:.2f}")
    print(f"dispatch bare_sdk_per_second={bare:.0f} in_flight={IN_FLIGHT}")
    print(f"dispatch textbook_simple_worker_per_second={simple:.0f}")
    print(f"dispatch textbook_forking_worker_per_second={forked:.0f}")
    print(f"dispatch_vs_bare={ours / bare:.2f}")
    print(f"dispatch_vs_textbook={ours / simple:.1f}")
    if gateway is None:
        print("dispatch_vs_kannel=none: Debian's kannel is not installed")
    else:
        print(f"dispatch kannel_per_second={gateway:.0f}")
        print(f"dispatch_vs_kannel={ours / gateway:.2f}")


@contextmanager
def _service(port: int) -> Iterator[None]:
    """Servers of our own with nothing in them, and an environment that sends to that port."""
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as directory, ExitStack() as open_now:
        addresses = open_now.enter_context(embedded.running(Path(directory), durable=True))
        sender = {"id": synthetic(0).e164, "segments_per_second": _RATE}
        os.environ |= {
            "VAR_DIR": directory,
            "DATABASE_URL": addresses.database_url,
            "REDIS_URL": addresses.redis_url,
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{port}",
            "SENDERS": json.dumps([sender]),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        os.environ.pop("TWILIO_ACCOUNT_SID", None)
        yield


@contextmanager
def _sink() -> Iterator[int]:
    """The accepting server in its own process; its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None:
            raise SystemExit("dispatch: the sink has no output")
        os.environ["BENCH_SINK"] = str(process.pid)
        yield int(process.stdout.readline())
    finally:
        process.communicate(timeout=10)


def _figure(side: str, *numbers: int) -> float:
    """Messages a second of one side, measured in a process of its own."""
    time.sleep(0.5)  # what the last side left behind settles
    done = subprocess.run(
        [sys.executable, "-m", "bench.sides", side, *map(str, numbers)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    *notes, figure = done.stdout.strip().splitlines()
    for note in notes:
        print(note)
    return float(figure)


if __name__ == "__main__":
    main()
