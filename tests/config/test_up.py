"""The supervised group as real processes, each story in a VAR_DIR of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import psycopg
import pytest

from config.embedded import CannotStart
from config.environment import ROOT, SETTINGS
from config.up import _listening
from tests.service import ending, processes

pytestmark = pytest.mark.processes

Start = Callable[..., "subprocess.Popen[str]"]


_PATIENCE: Final = 120  # seconds: as long as a machine with many tests at once may need for a start


@pytest.fixture
def ports() -> tuple[int, int]:
    """Two ports that were free a moment ago."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


@pytest.fixture
def up(tmp_path: Path, ports: tuple[int, int]) -> Iterator[Start]:
    """Starts `manage.py up` on this test's VAR_DIR."""
    started: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        # An operator's shell has it not: what is printed must come through a pipe without it.
        left_out = {"PYTHONUNBUFFERED", *(setting.name for setting in SETTINGS)}
        own = {name: value for name, value in os.environ.items() if name not in left_out}
        process = subprocess.Popen(
            [
                *(sys.executable, str(ROOT / "manage.py"), "up", "--workers", "1"),
                *("--port", str(ports[0]), "--twin-port", str(ports[1])),
            ],
            env={**own, "VAR_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def _until_ready(process: "subprocess.Popen[str]") -> str:
    """Everything it printed until the console's address. Fails when it ends before."""
    assert process.stdout is not None
    printed = ""
    with ending(process, "the console's address"):
        for line in process.stdout:
            printed += line
            if "/console/" in line:
                return printed
    pytest.fail(f"it ended: {printed}")


def _database(var_dir: Path) -> "psycopg.Connection[tuple[str]]":
    return psycopg.connect(
        host=str(var_dir / "postgres"), user="postgres", dbname="alongside", autocommit=True
    )


def test_a_stopped_group_leaves_nothing_but_its_data(up: Start, tmp_path: Path) -> None:
    first = up()
    _until_ready(first)
    with _database(tmp_path) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'yes' AS word")
    assert len(processes(tmp_path)) >= 9, "supervisor, two servers, web, three workers, scheduler, twin"

    began = time.monotonic()
    first.send_signal(signal.SIGTERM)
    printed, _ = first.communicate(timeout=_PATIENCE)
    assert time.monotonic() - began < 10
    assert first.returncode == 0, printed
    assert processes(tmp_path) == set()
    assert not (tmp_path / "servers.json").exists()
    assert not list(tmp_path.rglob("*.sock")) + list(tmp_path.rglob(".s.PGSQL*"))

    _until_ready(up())
    with _database(tmp_path) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("yes",)


def test_a_group_holds_its_directory_until_it_is_killed_and_takes_its_children_along(
    up: Start, tmp_path: Path
) -> None:
    first = up()
    _until_ready(first)
    children = processes(tmp_path) - {first.pid}
    printed, _ = up().communicate(timeout=_PATIENCE)
    assert printed == f"CommandError: another `manage.py up` runs on {tmp_path}\n"

    first.kill()
    _until_ready(up())
    assert children.isdisjoint(processes(tmp_path))


def test_a_taken_port_is_refused_in_one_line(up: Start, ports: tuple[int, int]) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", ports[1]))
        squatter.listen()
        process = up()
        printed, _ = process.communicate(timeout=_PATIENCE)
    assert printed == (
        f"CommandError: port {ports[1]} on 127.0.0.1: Address already in use; "
        "choose another with --twin-port\n"
    )
    assert process.returncode == 1


def test_connections_at_once_are_spread_over_the_webprocesses(ports: tuple[int, int]) -> None:
    """Whoever is awake first cannot take them all."""
    with _listening("127.0.0.1", ports[0], "--port", 2) as listeners, ExitStack() as lines:
        for _ in range(64):
            lines.enter_context(socket.create_connection(("127.0.0.1", ports[0])))
        shares = [_taken(listener, lines) for listener in listeners]
    assert sum(shares) == 64
    assert min(shares) > 0


def test_a_port_shared_by_our_processes_is_taken_for_everybody_else(ports: tuple[int, int]) -> None:
    with (
        _listening("127.0.0.1", ports[0], "--port", 2),
        pytest.raises(CannotStart, match="Address already in use; choose another with --port"),
        _listening("127.0.0.1", ports[0], "--port", 2),
    ):
        pass


def _taken(listener: socket.socket, lines: ExitStack) -> int:
    """How many connections wait at that socket."""
    taken = 0
    with suppress(BlockingIOError):
        while True:
            lines.enter_context(listener.accept()[0])
            taken += 1
    return taken
