"""How a benchmark ends that is told to: in order, so that nothing it started goes on without it."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

_TOLD = 128 + signal.SIGTERM


def in_order() -> None:
    """Let SIGTERM end this process as sys.exit does, through every `finally`; once is enough."""
    signal.signal(signal.SIGTERM, _end)


def run(argv: Sequence[str]) -> int:
    """Run a benchmark to its end, and end it first when we are told to end; its exit code."""
    in_order()
    with subprocess.Popen(argv) as process:
        try:
            return process.wait()
        except SystemExit:
            process.terminate()
            raise
        # After a Ctrl-C it ends by itself, as the terminal told it too.
        finally:
            process.wait()


def _end(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(_TOLD)
