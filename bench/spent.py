"""What the processes of a service spend: seconds of CPU by kind, also while others load the machine."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
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
            spent[kind] = spent.get(kind, 0.0) + _of(process)
    return spent


def per_request(before: Mapping[str, float], after: Mapping[str, float], requests: int) -> str:
    """Milliseconds of CPU a request, kind by kind and all together."""
    each = {kind: 1000 * (seconds - before.get(kind, 0.0)) / requests for kind, seconds in after.items()}
    parts = [f"{kind}={cost:.2f}" for kind, cost in sorted(each.items()) if cost >= 0.01]
    return " ".join([*parts, f"all={sum(each.values()):.2f}"])


@dataclass(frozen=True, slots=True)
class Meter:
    """Processes by what they do, each with all below it, and the seconds they had spent by the start."""

    roots: Mapping[str, Sequence[int]]
    before: Mapping[str, float]

    def a_message(self, messages: int) -> str:
        """Milliseconds of CPU a message since the start, name by name and all together."""
        each = {
            name: 1000 * (spent - self.before[name]) / messages for name, spent in _spent(self.roots).items()
        }
        return " ".join(f"{name}={cost:.3f}" for name, cost in {**each, "all": sum(each.values())}.items())


def meter(**roots: Sequence[int]) -> Meter:
    """Start counting what these processes and all below them spend."""
    return Meter(roots, _spent(roots))


def postgres_of(var_dir: Path) -> int:
    """The embedded PostgreSQL under that directory; its connections' processes are its children."""
    return int((var_dir / "postgres" / "postmaster.pid").read_text().split()[0])


def peak_mb(process: int) -> float:
    """The most memory a process had, in MB; getrusage would count the process that started it as well."""
    status = (Path("/proc") / str(process) / "status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _spent(roots: Mapping[str, Sequence[int]]) -> Mapping[str, float]:
    return {name: sum(map(_of, chain.from_iterable(map(_below, each)))) for name, each in roots.items()}


def _of(process: int) -> float:
    """Seconds of one process, with what its ended children spent: a server's process for one connection."""
    try:
        stat = (Path("/proc") / str(process) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return 0.0
    # Behind the name, which may hold spaces.
    return sum(map(int, stat.rpartition(")")[2].split()[11:15])) * _TICK


def _below(root: int) -> Iterator[int]:
    yield root
    for children in (Path("/proc") / str(root) / "task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            for child in children.read_text().split():
                yield from _below(int(child))
