"""What the processes of a service spend: seconds of CPU by kind, also while others load the machine."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")  # seconds
_KINDS: Final = {
    "config.web": "web",
    "manage.py work": "workers",
    "manage.py schedule": "scheduler",
    "manage.py up": "supervisor",
    "postgres": "postgres",
    "redis-server": "redis",
    "valkey-server": "redis",
}


def by_kind(root: int) -> Mapping[str, float]:
    """Seconds of CPU so far of that process and all below it, and of this one as `load`."""
    own_time = os.times()
    spent = {"load": own_time.user + own_time.system}
    for process in _below(root):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended
            own = Path("/proc") / str(process)
            command = (own / "cmdline").read_bytes().replace(b"\x00", b" ").decode()
            kind = next((kind for word, kind in _KINDS.items() if word in command), "other")
            # Behind the name, which may hold spaces; with what its ended children spent, which may be a
            # server's process for one connection.
            fields = (own / "stat").read_text().rpartition(")")[2].split()
            spent[kind] = spent.get(kind, 0.0) + sum(map(int, fields[11:15])) * _TICK
    return spent


def per_request(before: Mapping[str, float], after: Mapping[str, float], requests: int) -> str:
    """Milliseconds of CPU a request, kind by kind and all together."""
    each = {kind: 1000 * (seconds - before.get(kind, 0.0)) / requests for kind, seconds in after.items()}
    parts = [f"{kind}={cost:.2f}" for kind, cost in sorted(each.items()) if cost >= 0.01]
    return " ".join([*parts, f"all={sum(each.values()):.2f}"])


def _below(root: int) -> Iterator[int]:
    yield root
    for children in (Path("/proc") / str(root) / "task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                yield from _below(int(child))
