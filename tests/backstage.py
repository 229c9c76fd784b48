"""Beside a running service: its rows made and looked at, in one process that has the service's settings.

    with backstage(running) as ask:
        ask("register", 60)
        campaign = ask("launch", "routine")["campaign"]

What may be asked is in tests.backstage_sides. Each question waits for its answer, which takes milliseconds
where starting a process for each would take seconds.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol

from config import environment
from tests.service import Service

_KEPT: Final = {"PATH", "HOME", "LANG", "PYTHONDEVMODE"}
Answer = Mapping[str, float]


class Ask(Protocol):
    """Asks one thing."""

    def __call__(self, name: str, *given: int | str) -> Answer:
        """What that part of tests.backstage_sides answers. Raises RuntimeError with what it complained of."""
        ...


@contextmanager
def backstage(service: Service) -> Iterator[Ask]:
    """The process beside the service, until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.backstage_sides"],
        cwd=environment.ROOT,
        env={
            **{key: value for key, value in os.environ.items() if key in _KEPT},
            **service.settings,
            "VAR_DIR": str(service.var_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    questions, answers = process.stdin, process.stdout
    assert questions is not None
    assert answers is not None

    def ask(name: str, *given: int | str) -> Answer:
        print(json.dumps([name, *given]), file=questions, flush=True)
        line = answers.readline()
        if not line:
            raise RuntimeError(f"{name} failed; what it complained of stands above")
        answer: Answer = json.loads(line)
        return answer

    try:
        yield ask
    finally:
        process.communicate(timeout=30)
