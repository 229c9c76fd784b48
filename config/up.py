"""Everything as one supervised group: embedded servers, web, workers, scheduler and the twin."""

import asyncio
import fcntl
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from config import embedded, environment
from config.embedded import CannotStart, Server, bound_to_parent
from config.environment import Environment
from config.supervisor import Child, Group
from core import languages
from core.queues import CAMPAIGN, ROUTINE, URGENT

WEB_PROCESSES: Final = min(4, os.cpu_count() or 1)
"""More would wait for the database."""

_BACKLOG: Final = 512
_LEFTOVER_SECONDS: Final = 10
# Together below the ten seconds in which everything is gone.
_APPLICATION_STOP_SECONDS: Final = 5.0
_SERVER_STOP_SECONDS: Final = 4.0

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. `workers` counts those for campaigns; one for urgent and one for routine are added."""

    environment: Environment
    environ: Mapping[str, str]
    host: str
    port: int
    twin_port: int | None
    workers: int
    sample: bool

    @property
    def twin_url(self) -> str | None:
        """Where the twin listens; None without it."""
        return None if self.twin_port is None else f"http://127.0.0.1:{self.twin_port}"


def run(plan: Plan, report: Report) -> None:
    """Run everything until SIGINT, SIGTERM or SIGHUP. Raises CannotStart with one line for the operator."""
    var_dir = plan.environment.var_dir
    with _sole_user(var_dir) as lock, _listening(plan.host, plan.port, "--port", WEB_PROCESSES) as web:
        if plan.twin_port is not None:
            with _listening("127.0.0.1", plan.twin_port, "--twin-port", 1):
                pass  # free now; the twin listens there itself in a moment
        try:
            asyncio.run(_Run(plan, report, lock=lock, web=[one.fileno() for one in web]).until_told())
        finally:
            environment.withdraw(var_dir)


class _Run:
    """One run of the group, from the first server to the last."""

    def __init__(self, plan: Plan, report: Report, *, lock: int, web: Sequence[int]) -> None:
        self._plan = plan
        self._report = report
        self._lock = lock
        self._web = web
        self._warm, self._ready = os.pipe()
        rng = Random(plan.port)  # noqa: S311 - chance, not secrecy
        self._servers = Group(rng=rng, report=report)
        self._application = Group(rng=rng, report=report)

    async def until_told(self) -> None:
        told = asyncio.Event()
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(sign, told.set)
        embedded_servers = self._prepare_servers()
        starting = asyncio.create_task(self._start(embedded_servers))
        waiting = asyncio.create_task(told.wait())
        try:
            await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await waiting
        finally:
            starting.cancel()
            self._report("stopping")
            await self._application.stop(_APPLICATION_STOP_SECONDS)
            await self._servers.stop(_SERVER_STOP_SECONDS)
            for server in embedded_servers:
                server.clean()

    def _prepare_servers(self) -> list[Server]:
        var_dir = self._plan.environment.var_dir
        prepared = []
        if not self._plan.environ.get("DATABASE_URL"):
            prepared.append(embedded.postgres(var_dir))
        if not self._plan.environ.get("REDIS_URL"):
            prepared.append(embedded.redis_server(var_dir))
        return prepared

    async def _start(self, servers: list[Server]) -> None:
        var_dir = self._plan.environment.var_dir
        logs = var_dir / "log"
        logs.mkdir(exist_ok=True)
        await self._servers.start(
            [
                Child(
                    server.name,
                    server.argv,
                    os.environ,
                    server.stop,
                    server.hurry,
                    fds=(self._lock,),
                    log=logs / f"{server.name}.log",
                )
                for server in servers
            ]
        )
        for server in servers:
            await self._answer(server, logs)
        settings = self._settings(servers)
        environment.announce(var_dir, os.getpid(), settings)
        environ = {
            **self._plan.environ,
            **settings,
            "VAR_DIR": str(var_dir),
            "PYTHONPATH": str(environment.ROOT),
        }
        await self._once(("migrate", "--no-input", "--verbosity", "0"), environ)
        await self._application.start(list(self._in_front(environ)))
        await self._web_is_warm()
        if self._plan.twin_port is not None:
            await self._answered("127.0.0.1", self._plan.twin_port)
        # The workers come after the sample, which then does not share the machine with their start.
        if self._plan.sample:
            await self._once(("demo",), environ)
        await self._application.start(list(self._behind(environ)))
        if self._plan.sample:
            return
        self._report(f"console: {settings['PUBLIC_BASE_URL']}/console/")
        if self._plan.twin_url:
            self._report(f"phones:  {self._plan.twin_url}/")

    def _settings(self, servers: list[Server]) -> Mapping[str, str]:
        """The settings that the group decides; the environment's own win."""
        found = {"PUBLIC_BASE_URL": f"http://127.0.0.1:{self._plan.port}"}
        if self._plan.environment.demo:
            found["TWILIO_API_BASE_URL"] = self._plan.twin_url or self._plan.environment.api_base_url
        found |= {name: value for name, value in self._plan.environ.items() if name in found and value}
        names = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
        return found | {names[server.name]: server.url for server in servers}

    async def _answer(self, server: Server, logs: Path) -> None:
        for _ in range(embedded.START_SECONDS * 20):
            if server.answers():
                return
            await asyncio.sleep(0.05)
        raise CannotStart(f"the embedded {server.name} does not answer; see {logs / server.name}.log")

    async def _once(self, command: tuple[str, ...], environ: Mapping[str, str]) -> None:
        """Run one management command to its end. Raises CannotStart when it fails."""
        argv = bound_to_parent(_manage(*command), signal.SIGKILL)
        process = await asyncio.create_subprocess_exec(*argv, env=dict(environ), start_new_session=True)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        if code != 0:
            raise CannotStart(f"`manage.py {command[0]}` failed with code {code}")

    async def _web_is_warm(self) -> None:
        """Wait until each web process has said so. One that is started again later is not listened to."""
        words = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(words), os.fdopen(self._warm, "rb", buffering=0)
        )
        try:
            await words.readexactly(len(self._web))
        finally:
            transport.close()

    async def _answered(self, host: str, port: int) -> None:
        """Wait until the twin, whose socket is not open at once, has answered a request."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(host, port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
                continue
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
            await writer.wait_closed()
            if answer:
                return

    def _in_front(self, environ: Mapping[str, str]) -> Iterator[Child]:
        for number, fd in enumerate(self._web, start=1):
            web = (sys.executable, "-m", "config.web", str(fd), str(self._ready))
            yield self._child(f"web-{number}", web, environ, fds=(fd, self._ready))
        if self._plan.twin_port is not None:
            log = self._plan.environment.var_dir / "log" / "twin.log"
            yield replace(
                self._child("twin", self._twin(environ), {**environ, **self._twin_environ()}), log=log
            )

    def _behind(self, environ: Mapping[str, str]) -> Iterator[Child]:
        # Nothing urgent waits behind a batch: one worker takes urgent jobs only, all others take them first.
        yield self._child("worker-urgent", _manage("work", URGENT), environ)
        yield self._child("worker-routine", _manage("work", URGENT, ROUTINE), environ)
        for number in range(1, self._plan.workers + 1):
            yield self._child(f"worker-campaign-{number}", _manage("work", URGENT, CAMPAIGN), environ)
        yield self._child("scheduler", _manage("schedule"), environ)

    def _child(
        self, name: str, argv: tuple[str, ...], environ: Mapping[str, str], *, fds: tuple[int, ...] = ()
    ) -> Child:
        """A child that gets SIGKILL when we are gone: whatever that cuts short, a crash may cut short too."""
        return Child(name, bound_to_parent(argv, signal.SIGKILL), environ, fds=(self._lock, *fds))

    def _twin(self, environ: Mapping[str, str]) -> tuple[str, ...]:
        state = self._plan.environment.var_dir / "twin.json"
        return (
            *(sys.executable, "-m", "twin", "--port", str(self._plan.twin_port)),
            *("--service-url", environ["PUBLIC_BASE_URL"], "--state", str(state)),
        )

    def _twin_environ(self) -> Mapping[str, str]:
        """The account as the service knows it: without these names the twin has an account of its own."""
        known = self._plan.environment
        return {
            "TWILIO_ACCOUNT_SID": known.account_sid,
            "TWILIO_AUTH_TOKEN": known.auth_token,
            "SENDERS": json.dumps([asdict(sender) for sender in known.senders]),
            "TWIN_LANGUAGES": json.dumps(
                [
                    {"tag": one.tag, "name": one.name, "direction": one.direction}
                    for one in languages.languages()
                ]
            ),
        }


def _manage(*words: str) -> tuple[str, ...]:
    return (sys.executable, str(environment.ROOT / "manage.py"), *words)


@contextmanager
def _listening(host: str, port: int, flag: str, count: int) -> Iterator[Sequence[socket.socket]]:
    """That many sockets on one port: the kernel spreads the connections over them, whoever is awake first.

    On a shared one the process that is awake takes every connection of a burst, and the others have none.
    """
    with ExitStack() as opened:
        listeners = [opened.enter_context(socket.socket()) for _ in range(count)]
        try:
            for listener in listeners:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                # The first is bound alone: another program on the port is found out. The rest join it.
                if listener is not listeners[0]:
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                listener.bind((host, port))
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                listener.listen(_BACKLOG)
                listener.setblocking(False)
        except OSError as error:
            raise CannotStart(
                f"port {port} on {host}: {error.strerror}; choose another with {flag}"
            ) from None
        yield listeners


@contextmanager
def _sole_user(var_dir: Path) -> Iterator[int]:
    """Hold VAR_DIR. Every child inherits the lock, so it is free once the last process of a group is gone."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(var_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotStart(f"VAR_DIR: {error.filename}: {error.strerror}") from None
    try:
        _take(lock, var_dir)
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield lock
    finally:
        os.close(lock)


def _take(lock: int, var_dir: Path) -> None:
    for _ in range(_LEFTOVER_SECONDS * 10):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode()
            if holder and Path(f"/proc/{holder}").exists():
                break
            time.sleep(0.1)  # a killed group's last processes are about to end
        else:
            return
    raise CannotStart(f"another `manage.py up` runs on {var_dir}")
