"""A benchmark that is told to end takes with it what it has started."""

import signal
import subprocess
import sys
from typing import Final

_BENCHMARK: Final = """
import signal
from bench import ending
ending.in_order()
try:
    print("began", flush=True)
    signal.pause()
finally:
    print("stopped its service", flush=True)
"""
_ALL: Final = (
    "import sys; from bench import ending; sys.exit(ending.run([sys.executable, '-c', sys.argv[1]]))"
)


def test_sigterm_ends_the_benchmark_behind_the_command_in_order() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _ALL, _BENCHMARK], stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "began\n"
        command.send_signal(signal.SIGTERM)
        assert command.stdout.read() == "stopped its service\n"
    assert command.returncode == 128 + signal.SIGTERM
