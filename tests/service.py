"""The whole service as real processes, for stories that must hold outside the test's own process."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from config import environment
from telephony.numbers import PhoneNumber

STOP_SECONDS: Final = 10
_PATIENCE: Final = 60.0
_START_SECONDS: Final = 180.0  # twenty where the machine has nothing else to do
_LOOK_AGAIN: Final = 0.1

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Service:
    """A running `manage.py up` with its own directory, servers, workers and twin."""

    url: str
    twin_url: str
    var_dir: Path
    process: "subprocess.Popen[str]"
    settings: Mapping[str, str]
    said: list[str] = field(default_factory=list)

    def manage(self, *words: str) -> str:
        """Run a management command beside the service; what it printed. Raises CalledProcessError."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=environment.ROOT,
            env={**_environ(self.var_dir), **self.settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {words[0]} ended with {done.returncode}: {done.stderr}"
        return done.stdout

    def phone(self, number: PhoneNumber, *, language: str = "en", answers_with: tuple[str, ...] = ()) -> None:
        """Put a phone on the twin's page."""
        row = {"number": number.e164, "language": language, "answers_with": list(answers_with)}
        self.twin("POST", "/twin/phones", {"phones": [row]})

    def texts(self, number: PhoneNumber, body: str) -> None:
        """Type a text on one of the twin's phones; returns when the service has answered."""
        self.twin("POST", f"/twin/phones/{quote(number.e164)}/send", {"body": body})

    def thread(self, number: PhoneNumber) -> list[str]:
        """Every text that phone received, oldest first."""
        shown = self.twin("GET", f"/twin/phones/{quote(number.e164)}")
        thread = shown["thread"]
        assert isinstance(thread, list)
        return [str(entry["body"]) for entry in thread if not entry["mine"]]

    def sends(self) -> list[Json]:
        """Every request to send that the provider accepted, in order."""
        log = self.twin("GET", "/twin/log")["log"]
        assert isinstance(log, list)
        return log

    def twin(self, method: str, path: str, body: Json | None = None) -> Json:
        """Ask the twin's control interface."""
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.twin_url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: Json = json.loads(response.read() or b"{}")
        return answer

    def children(self) -> Mapping[int, str]:
        """The process id and the command line of every child of the supervisor."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _parent(entry) == self.process.pid:
                words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                found[int(entry.name)] = " ".join(words)
        return found


def until(holds: Callable[[], bool], *, what: str, seconds: float = _PATIENCE) -> None:
    """Wait for something that real processes bring about; fails with `what` when it does not come."""
    pause, began = threading.Event(), time.monotonic()
    while time.monotonic() - began < seconds:
        if holds():
            return
        pause.wait(_LOOK_AGAIN)
    raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")


@contextmanager
def running(*flags: str, settings: Mapping[str, str] | None = None) -> Iterator[Service]:
    """`manage.py up` on free ports in a new directory, until the block ends."""
    directory = Path(tempfile.mkdtemp(prefix="alongside-service-"))
    port, twin_port = _free_port(), _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "manage.py", "up", "--port", str(port), "--twin-port", str(twin_port)),
            *("--workers", "1", *flags),
        ],
        cwd=environment.ROOT,
        env={**_environ(directory), **(settings or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    service = Service(
        f"http://127.0.0.1:{port}", f"http://127.0.0.1:{twin_port}", directory, process, settings or {}
    )
    listener = threading.Thread(target=_listen, args=(service,), daemon=True)
    try:
        _await_console(service)
        listener.start()
        yield service
    finally:
        stop(service)
        if listener.ident:
            listener.join()
        if process.stdout:
            process.stdout.close()
        shutil.rmtree(directory, ignore_errors=True)


def processes(var_dir: Path) -> set[int]:
    """The processes that hold this VAR_DIR's lock: every one of its group."""
    lock = (var_dir / "lock").resolve()
    return {int(link.parts[2]) for link in Path("/proc").glob("[0-9]*/fd/*") if _points_to(link, lock)}


def _points_to(link: Path, target: Path) -> bool:
    try:
        return link.readlink() == target
    except OSError:  # the process or the descriptor is gone, or another user's
        return False


def stop(service: Service) -> None:
    """End the group as an operator does; a group that does not end is killed and fails the test."""
    if service.process.poll() is not None:
        return
    service.process.send_signal(signal.SIGTERM)
    try:
        service.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        service.process.kill()
        raise AssertionError(f"the service did not stop within {STOP_SECONDS} s") from None


def _environ(var_dir: Path) -> dict[str, str]:
    kept = {"PATH", "HOME", "LANG", "PYTHONPATH", "PYTHONDEVMODE"}
    inherited = {name: value for name, value in os.environ.items() if name in kept}
    return {**inherited, "VAR_DIR": str(var_dir)}


def _await_console(service: Service) -> None:
    output = service.process.stdout
    assert output is not None
    with ending(service.process, "the addresses"):
        for line in output:
            service.said.append(line)
            if "phones:" in line:
                return
    raise AssertionError("the service did not start:\n" + "".join(service.said))


@contextmanager
def ending(process: "subprocess.Popen[str]", what: str) -> Iterator[None]:
    """Kill a process that has not said `what` in good time: who reads its output would wait for ever."""
    guard = threading.Timer(_START_SECONDS, process.kill)
    guard.start()
    began = time.monotonic()
    try:
        yield
    finally:
        guard.cancel()
        guard.join()
        assert time.monotonic() - began < _START_SECONDS, f"waited {_START_SECONDS:.0f} s in vain: {what}"


def _listen(service: Service) -> None:
    """Take what the group says, so that it never waits for a reader."""
    output = service.process.stdout
    assert output is not None
    service.said.extend(output)


def _parent(entry: Path) -> int:
    try:
        stat = (entry / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it ended while we looked
    return int(stat.rpartition(")")[2].split()[1])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
