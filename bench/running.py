"""The whole service as it runs in earnest, for the benchmarks that ask it over HTTP."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from telephony.numbers import synthetic

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Target:
    """The service under load. `supervisor`: the process that all others come from."""

    base_url: str
    account_sid: str
    token: str
    sender: str
    supervisor: int = 0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@contextmanager
def everything(settings: Mapping[str, str] | None = None) -> Iterator[Target]:
    """The whole service as `manage.py up` runs it, without the twin, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as directory:
        port = free_port()
        environ = {**os.environ, **(settings or {}), "VAR_DIR": directory}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-twin", "--port", str(port)],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            _await_ready(process)
            keys = json.loads((Path(directory) / "keys.json").read_text())
            yield Target(
                base_url=f"http://127.0.0.1:{port}",
                account_sid=keys["TWILIO_ACCOUNT_SID"],
                token=keys["TWILIO_AUTH_TOKEN"],
                sender=synthetic(0).e164,
                supervisor=process.pid,
                environ=environ,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


async def side(target: Target, name: str, number: int, *, given: str = "") -> Mapping[str, int]:
    """What one part of bench.storm_sides prints, run beside the service while this process goes on."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.storm_sides", name, str(number)),
        cwd=ROOT,
        env={**target.environ, "DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=PIPE,
        stdout=PIPE,
    )
    printed, _ = await process.communicate(given.encode())
    if process.returncode:
        raise SystemExit(f"bench: {name} ended with {process.returncode}")
    found: Mapping[str, int] = json.loads(printed.splitlines()[-1])
    return found


def form_headers(signature: str) -> Mapping[str, str]:
    """What the provider says of a form that is posted as it was encoded before."""
    return {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}


def _await_ready(process: "subprocess.Popen[str]") -> None:
    if process.stdout is None:
        raise SystemExit("bench: the service has no output")
    for line in process.stdout:
        if "console:" in line:
            return
    raise SystemExit("bench: the service did not start")


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
