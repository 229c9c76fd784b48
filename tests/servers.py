"""Starts this run's own PostgreSQL and Redis before Django reads its settings (an early pytest plugin).

Each run has its own servers in its own directory, so runs side by side do not meet. A guard outside the run
removes the directory when the run is over, even when it was killed; the servers themselves get their last
signal from the kernel at that moment.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from config import embedded, environment

# The end of its input comes when the run ends, in whatever way.
_GUARD: Final = 'cat >/dev/null; while [ -e "$1" ]; do rm -rf "$1"; sleep 1; done'


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Start the servers and point the settings at them before anything asks for the settings."""
    open_until_exit = ExitStack()
    atexit.register(open_until_exit.close)
    directory = _directory(open_until_exit)
    addresses = open_until_exit.enter_context(embedded.running(directory, durable=False))
    # The run decides every setting itself, whatever the developer's shell holds.
    for setting in environment.SETTINGS:
        os.environ.pop(setting.name, None)
    os.environ["VAR_DIR"] = str(directory)
    os.environ["DATABASE_URL"] = addresses.database_url
    os.environ["REDIS_URL"] = addresses.redis_url
    return (yield)


def _directory(open_until_exit: ExitStack) -> Path:
    directory = Path(tempfile.mkdtemp(prefix="alongside-test-"))
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, "guard", str(directory)], stdin=subprocess.PIPE, start_new_session=True
    )
    open_until_exit.callback(guard.communicate)
    open_until_exit.callback(shutil.rmtree, directory, ignore_errors=True)
    return directory
