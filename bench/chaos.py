"""What is done to a running service on purpose, and what its phones do meanwhile.

The service is the one of tests.service: `manage.py up` with servers, workers and twin of its own. Its rows
are looked at by bench.chaos_sides, in processes that have the service's settings.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Final
from urllib.parse import quote

from bench.numbers import number
from config import environment
from tests.service import Service

_TOGETHER: Final = 1_000
_ARRIVED: Final = {"delivered", "received"}
_KEPT: Final = {"PATH", "HOME", "LANG", "PYTHONDEVMODE"}


class Part(StrEnum):
    """What may die. The value stands in the command line of that process and of no other."""

    WORKER = "manage.py work urgent campaign"
    ROUTINE_WORKER = "manage.py work urgent routine"
    SCHEDULER = "manage.py schedule"
    WEB = "-m config.web"
    REDIS = "-server unixsocket:"
    POSTGRES = "bin/postgres -D"


@dataclass(frozen=True, slots=True)
class Habit:
    """How a person answers a check-in: the text, and the Recipient.Answer that stands there at the end."""

    text: str
    answer: str


SILENT: Final = Habit("", "")
_HABITS: Final = (
    *(Habit("1", "safe"), Habit("I am safe", "safe"), SILENT, Habit("2", "needs_help")),
    *(Habit("1", "safe"), SILENT, Habit("3", "not_there"), Habit("safe", "safe")),
    *(Habit("need help", "needs_help"), SILENT),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A knob of the twin: how often, of one, it strikes, at most `count` times (0: always).

    `value` is the status sent or the seconds taken.
    """

    kind: str
    probability: float
    value: float = 0
    count: int = 0


TROUBLE: Final = (
    Fault("answer", 0.02, 429),
    Fault("answer", 0.01, 500),
    Fault("answer", 0.01, 503),
    Fault("lose-answer", 0.01),
    Fault("break-answer", 0.005, 500),
    Fault("slow-answer", 0.002, 20),
    Fault("repeat-callback", 0.1),
    Fault("delay-callback", 0.05, 5),
    Fault("reorder-callbacks", 0.05),
    Fault("lose-callback", 0.01),
)
"""A bad day at the provider: of a hundred requests five are not answered as they should be."""


def habit(place: int) -> Habit:
    """How the person at that place answers: half are safe, two of ten need help, three say nothing."""
    return _HABITS[place % len(_HABITS)]


def connect_phones(service: Service, people: int, *, after: float) -> None:
    """Put everybody's phone on the twin; they answer about so many seconds after the question."""
    for first in range(0, people, _TOGETHER):
        rows = [
            {
                "number": number(place).e164,
                "answers_with": [habit(place).text] if habit(place).text else [],
                "answers_after": after,
            }
            for place in range(first, min(first + _TOGETHER, people))
        ]
        service.twin("POST", "/twin/phones", {"phones": rows})


def set_faults(service: Service, faults: Sequence[Fault]) -> None:
    """Let the provider have exactly this trouble from now on."""
    service.twin("PUT", "/twin/faults", {"faults": [asdict(fault) for fault in faults]})


def kill(service: Service, part: Part, rng: Random) -> bool:
    """SIGKILL one process of that part; False when none runs now. Redis comes back without what it held."""
    found = sorted(pid for pid, words in service.children().items() if part in words)
    if not found:
        return False
    if part is Part.REDIS:
        # Before the signal: the supervisor starts it again within half a second.
        shutil.rmtree(service.var_dir / "redis" / "appendonlydir", ignore_errors=True)
    with suppress(ProcessLookupError):  # it ended by itself a moment ago
        os.kill(rng.choice(found), signal.SIGKILL)
    return True


def deliver_again(service: Service, place: int) -> bool:
    """Bring the service that phone's last text once more; False when it has not written yet."""
    phone = f"/twin/phones/{quote(number(place).e164)}"
    written = [entry["sid"] for entry in _entries(service.twin("GET", phone)["thread"]) if entry["mine"]]
    if written:
        service.twin("POST", f"{phone}/redeliver", {"sid": str(written[-1])})
    return bool(written)


def database(service: Service) -> str:
    """The address of the service's database, the same after each of its deaths."""
    return str(json.loads((service.var_dir / "servers.json").read_text())["settings"]["DATABASE_URL"])


def is_quiet(service: Service, people: int) -> bool:
    """Whether every text has arrived, and everybody who answers has done so."""
    answering = {number(place).e164 for place in range(people) if habit(place) != SILENT}
    for phone in _entries(service.twin("GET", f"/twin/phones?limit={people}")["phones"]):
        last = phone["last"]
        if not isinstance(last, dict) or last["status"] not in _ARRIVED:
            return False
        if phone["number"] in answering and not (last["mine"] or last["reply"]):
            return False
    return True


def write_again(service: Service, people: int) -> int:
    """Whoever's text the service could not take (it was down) texts once more; returns how many did.

    Call it until nobody does: a text may be lost again.
    """
    phones = _entries(service.twin("GET", f"/twin/phones?limit={people}")["phones"])
    unheard = {phone["number"] for phone in phones if _is_unheard(phone["last"])}
    places = [place for place in range(people) if number(place).e164 in unheard]
    for place in places:
        service.texts(number(place), habit(place).text)
    return len(places)


def side(service: Service, name: str, *numbers: int, given: str = "") -> Mapping[str, int]:
    """What one part of bench.chaos_sides prints, run with the service's own settings."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.chaos_sides", name, *map(str, numbers)],
        cwd=environment.ROOT,
        env={
            **{key: value for key, value in os.environ.items() if key in _KEPT},
            **service.settings,
            "VAR_DIR": str(service.var_dir),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} ended with {done.returncode}: {done.stderr}")
    found: Mapping[str, int] = json.loads(done.stdout.splitlines()[-1])
    return found


def breaches(service: Service, campaign: int) -> Mapping[str, int]:
    """What is not as it must be, by name, once the campaign is over; all zero when nothing is wrong.

    The names are explained in bench.chaos_sides. The twin's log of accepted texts is the judge.
    """
    return side(service, "breaches", campaign, given=json.dumps(service.sends()))


def _is_unheard(entry: object) -> bool:
    return isinstance(entry, dict) and bool(entry["mine"]) and entry["alert"] is not None


def _entries(rows: object) -> Sequence[Mapping[str, object]]:
    if not isinstance(rows, list):
        raise TypeError("the twin gave no list")
    return rows
