"""Running a twin: as a server of its own, or beside a test on a thread of its own."""

import argparse
import asyncio
import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

import uvloop
from aiohttp import web

from twin.assembly import Setup, Twin
from twin.clock import Clock, HandClock, LoopClock
from twin.environment import WrongSetting, credentials, languages, senders
from twin.phones import Service
from twin.state import UnreadableState

Result = TypeVar("Result")
_ANSWER_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 2.0


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """`python -m twin`. Returns the exit code; what is wrong is one line on standard error."""
    options = _options(arguments)
    try:
        setup = Setup(
            service=Service(
                inbound_url=f"{options.service_url.rstrip('/')}/sms/inbound",
                fallback_url=options.fallback_url,
                opt_out_replies=options.opt_out_replies,
                voice_url=f"{options.service_url.rstrip('/')}/voice/answer",
                voice_fallback_url=options.voice_fallback_url,
                voice_fallback_twiml=_text(options.voice_fallback_file),
                voice_status_url=options.voice_status_url,
            ),
            credentials=credentials(environ),
            senders=senders(environ),
            languages=languages(environ),
            state_file=Path(options.state) if options.state else None,
        )
        listening = _listen(options.host, options.port)
    except (WrongSetting, OSError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        sys.stderr.write(f"twin: {options.host}:{options.port}: {problem}\n")
        return 1
    try:
        uvloop.run(_serve(setup, listening, random.Random(options.seed)))  # noqa: S311 - chance, not secrecy
    except UnreadableState as error:
        sys.stderr.write(f"twin: {error}\n")
        return 1
    return 0


@dataclass(frozen=True, slots=True)
class Running:
    """A twin on a thread of its own. `url` is where it listens, without a slash at the end."""

    url: str
    twin: Twin
    loop: asyncio.AbstractEventLoop

    def do(self, action: Callable[[Twin], Result]) -> Result:
        """Do something with the twin on its own thread, and return what came of it."""
        done: Future[Result] = Future()

        def act() -> None:
            try:
                done.set_result(action(self.twin))
            except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
                done.set_exception(error)

        self.loop.call_soon_threadsafe(act)
        return done.result(_ANSWER_SECONDS)

    def settle(self) -> None:
        """Wait until every callback and every text that was begun has been answered."""
        asyncio.run_coroutine_threadsafe(self.twin.settled(), self.loop).result(_ANSWER_SECONDS)

    def advance(self, seconds: float) -> None:
        """Move a HandClock on; what falls due is done and answered before the clock moves further."""
        clock = self._hand_clock()
        until = clock.now() + timedelta(seconds=seconds)
        while (due := self.do(lambda _twin: clock.next_due())) is not None and due <= until:
            self._move_to(due)
        self._move_to(until)

    def next(self) -> bool:
        """Move a HandClock to the next thing that falls due and see it answered; False when there is none."""
        clock = self._hand_clock()
        due = self.do(lambda _twin: clock.next_due())
        if due is not None:
            self._move_to(due)
        return due is not None

    def _move_to(self, when: datetime) -> None:
        clock = self._hand_clock()
        self.do(lambda _twin: clock.advance((when - clock.now()).total_seconds()))
        self.settle()

    def _hand_clock(self) -> HandClock:
        if not isinstance(self.twin.clock, HandClock):
            raise TypeError("only a HandClock can be moved")
        return self.twin.clock


@contextmanager
def running(setup: Setup, *, clock: Clock | None = None, seed: int = 1, port: int = 0) -> Iterator[Running]:
    """A twin beside the caller: real HTTP on 127.0.0.1, its own event loop on its own thread.

    Port 0 picks a free one. Without a clock it lives in real time; with a HandClock nothing moves by itself.
    """
    listening = _listen("127.0.0.1", port)
    twin = Twin(setup, clock or LoopClock(), random.Random(seed))  # noqa: S311 - chance, not secrecy
    loop = uvloop.new_event_loop()
    stop = asyncio.Event()
    ready = threading.Event()
    run = _run(twin, listening, stop, ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(run,), name="twin", daemon=True)
    thread.start()
    while not ready.wait(0.05):
        if not thread.is_alive():
            raise RuntimeError("the twin did not start")
    try:
        yield Running(twin.base_url, twin, loop)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(_ANSWER_SECONDS)
        loop.close()


async def _serve(setup: Setup, listening: socket.socket, rng: random.Random) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    twin = Twin(setup, LoopClock(), rng)
    await _run(
        twin,
        listening,
        stop,
        lambda: print(f"phones: {twin.base_url}/", flush=True),  # noqa: T201 - what a newcomer looks for
    )


async def _run(twin: Twin, listening: socket.socket, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    host, port = listening.getsockname()[:2]
    twin.base_url = f"http://{host}:{port}"
    runner = web.AppRunner(twin.app(), access_log=None, shutdown_timeout=_STOP_SECONDS)
    try:
        await runner.setup()
        await web.SockSite(runner, listening).start()
        ready()
        await stop.wait()
    finally:
        await runner.cleanup()
        listening.close()


def _listen(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    return listening


def _text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8") if file else ""


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m twin",
        description="A stand-in for Twilio with phones to play with.",
        epilog="Account, token and senders come from TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and SENDERS, the"
        " languages that phones offer from TWIN_LANGUAGES.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8001, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--service-url",
        default="http://127.0.0.1:8000",
        help="where texts and calls go (%(default)s)",
    )
    parser.add_argument("--fallback-url", default="", help="where a text goes that the service did not take")
    parser.add_argument(
        "--voice-fallback-url", default="", help="where a call goes on when the service does not answer"
    )
    parser.add_argument(
        "--voice-fallback-file", default="", metavar="FILE", help="the same, as a fixed TwiML document"
    )
    parser.add_argument("--voice-status-url", default="", help="what is told when a call to a number is over")
    parser.add_argument("--state", metavar="FILE", help="keep phones and threads here between starts")
    parser.add_argument("--seed", type=int, help="make chance repeat itself")
    parser.add_argument(
        "--opt-out-replies", action="store_true", help="answer STOP and START like the provider does"
    )
    return parser.parse_args(arguments)


def command() -> None:
    """The command line."""
    sys.exit(main(sys.argv[1:], os.environ))
