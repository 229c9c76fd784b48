"""The whole service as it runs in earnest, for the benchmarks that ask it over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telephony.numbers import synthetic

ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Target:
    """The service under load."""

    base_url: str
    account_sid: str
    token: str
    sender: str


@contextmanager
def everything() -> Iterator[Target]:
    """The whole service as `manage.py up` runs it, without the twin, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="alongside-bench-") as directory:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-twin", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "VAR_DIR": directory},
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
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)


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
