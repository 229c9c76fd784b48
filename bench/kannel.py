"""The open-source SMS gateway in C, where Debian's package is installed: it sends what waits in its spool.

Each message is a file before it is sent and the file is deleted afterwards, as ours is a row. It keeps no
campaign, asks no throttle and writes no outcome down: this is what a bare gateway costs.
"""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from bench import spent
from bench.running import free_port
from bench.textbook import TEXT
from telephony.numbers import synthetic

BOXES: Final = ("bearerbox", "smsbox")

_ADMIN, _SENDSMS = "admin", "sendsms"
_WORD: Final = "bench"  # guards nothing: the boxes listen on this machine, for the length of a run
_IN_FLIGHT: Final = 64
_LOOK: Final = 0.02
_PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))  # where Debian puts daemons
_WAITING: Final = re.compile(r"<storesize>(\d+)</storesize>")
_SENT: Final = re.compile(r"<sms>\s*<received>.*?</received>\s*<sent><total>(\d+)</total>", re.DOTALL)
_CONFIG: Final = """
group = core
admin-port = {admin}
admin-password = {word}
smsbox-port = {boxes}
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "{directory}/bearerbox.log"
log-level = 3
store-type = spool
store-location = "{directory}/spool"

group = smsc
smsc = http
smsc-id = sink
system-type = generic
send-url = "{sink}/held?from=%p&to=%P&text=%b"
status-success-regex = "queued"
port = {back}
connect-allow-ip = "127.0.0.1"
max-pending-submits = {in_flight}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{directory}/smsbox.log"
log-level = 3

group = sendsms-user
username = {word}
password = {word}
"""


def is_installed() -> bool:
    """Whether both boxes of the package are on this machine."""
    return all(shutil.which(box, path=_PATH) for box in BOXES)


def kannel(messages: int) -> float:
    """Messages a second from its spool to the sink. Raises SystemExit when a box ends before."""
    ports = {name: free_port() for name in (_ADMIN, _SENDSMS, "boxes", "back")}
    sink = os.environ["TWILIO_API_BASE_URL"].rstrip("/")
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as directory:
        (Path(directory) / "spool").mkdir()
        config = Path(directory) / "kannel.conf"
        config.write_text(
            _CONFIG.format(directory=directory, sink=sink, word=_WORD, in_flight=_IN_FLIGHT, **ports)
        )
        return asyncio.run(_run(config, ports[_ADMIN], ports[_SENDSMS], messages))


async def _run(config: Path, admin: int, sendsms: int, messages: int) -> float:
    boxes: list[subprocess.Popen[bytes]] = []
    sink = os.environ["TWILIO_API_BASE_URL"].rstrip("/")
    connector = aiohttp.TCPConnector(limit=_IN_FLIGHT)
    try:
        async with aiohttp.ClientSession(connector=connector) as session:
            for box, port in zip(BOXES, (admin, sendsms), strict=True):
                boxes.append(_started(box, config))
                await _listening(port, boxes)
            await _fill(session, sendsms, messages)
            await _counts(session, admin, _WAITING, messages, boxes)
            meter = spent.meter(boxes=[box.pid for box in boxes], sink=[int(os.environ["BENCH_SINK"])])
            began = time.perf_counter()
            await (await session.post(f"{sink}/open")).read()
            await _counts(session, admin, _SENT, messages, boxes)
            took = time.perf_counter() - began
            print(f"dispatch kannel cpu_ms_a_message {meter.a_message(messages)}")
            return messages / took
    finally:
        for box_process in reversed(boxes):
            box_process.kill()
            box_process.wait()


def _started(box: str, config: Path) -> "subprocess.Popen[bytes]":
    command = shutil.which(box, path=_PATH)
    if command is None:
        raise SystemExit(f"kannel: {box} is not installed")
    return subprocess.Popen([command, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _all_alive(boxes: Sequence["subprocess.Popen[bytes]"]) -> None:
    if any(box.poll() is not None for box in boxes):
        raise SystemExit("kannel: one of its boxes ended")


async def _listening(port: int, boxes: Sequence["subprocess.Popen[bytes]"]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            _all_alive(boxes)
            await asyncio.sleep(_LOOK)
            continue
        writer.close()
        await writer.wait_closed()
        return


async def _fill(session: aiohttp.ClientSession, port: int, messages: int) -> None:
    """Hand it the messages while the sink holds its answers back: all wait in the spool."""
    numbers = iter(range(messages))

    async def connection() -> None:
        for number in numbers:
            to, sender = synthetic(5_000 + number).e164, synthetic(0).e164
            query = {"username": _WORD, "password": _WORD, "from": sender, "to": to, "text": TEXT}
            url = f"http://127.0.0.1:{port}/cgi-bin/sendsms"
            async with session.get(url, params=query) as response:
                said = await response.text()
            if not said.startswith(("0:", "3:")):  # taken, or kept for later
                raise SystemExit(f"kannel: a message was not taken: {said}")

    await asyncio.gather(*(connection() for _ in range(_IN_FLIGHT)))


async def _counts(
    session: aiohttp.ClientSession,
    admin: int,
    figure: re.Pattern[str],
    messages: int,
    boxes: Sequence["subprocess.Popen[bytes]"],
) -> None:
    """Wait until a figure of its status page is that number of messages."""
    while True:
        async with session.get(
            f"http://127.0.0.1:{admin}/status.xml", params={"password": _WORD}
        ) as response:
            found = figure.search(await response.text())
        if found and int(found[1]) == messages:
            return
        _all_alive(boxes)
        await asyncio.sleep(_LOOK)
