"""The provider has every kind of trouble, one after the other, and the service is real processes.

Everybody gets each text exactly once, and officers' buttons act within a second on both workers.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pytest

from telephony.numbers import synthetic
from tests import service
from tests.backstage import Ask, backstage

pytestmark = pytest.mark.processes

PEOPLE: Final = 60
OURS, OTHER = synthetic(0).e164, synthetic(1).e164
RATE: Final = 12  # segments a second of each number: a campaign lasts two or three seconds
SUSPENDED: Final = 20003
BEGUN: Final = 4  # texts after which a campaign is being sent, with two seconds to go
WITHIN: Final = 1.0  # seconds in which an officer's button acts
_ATTEMPTS: Final = 5
Text = Mapping[str, object]


@dataclass(slots=True)
class Scene:
    """The service, the process beside it, and who was texted before."""

    running: service.Service
    ask: Ask
    begun: int = 0
    usual: dict[int, str] = field(default_factory=dict)

    def trouble(self, *faults: Mapping[str, object]) -> None:
        """The provider has exactly this trouble from now on."""
        self.running.twin("PUT", "/twin/faults", {"faults": list(faults)})

    def sends(self, urgency: str = "normal") -> int:
        """Launch an alert for everybody; its key."""
        self.begun = len(self.running.sends())
        return int(self.ask("send", urgency)["campaign"])

    def texts(self, campaign: int) -> Sequence[Text]:
        """What the provider accepted of it, in order."""
        ours = self.ask("tokens", campaign)
        return [text for text in self.running.sends() if text["token"] in ours]

    def moments(self, campaign: int, sender: str = "") -> Sequence[float]:
        """When the provider accepted each of its texts, or each from that number of ours."""
        texts = [text for text in self.texts(campaign) if text["from"] == (sender or text["from"])]
        return [datetime.fromisoformat(str(text["created"])).timestamp() for text in texts]

    def by_person(self, campaign: int) -> dict[int, str]:
        """Which number of ours texted each person; fails when one has two texts or none."""
        people, texts = self.ask("tokens", campaign), self.texts(campaign)
        count = Counter(int(people[str(text["token"])]) for text in texts)
        assert dict(count) == dict.fromkeys(map(int, people.values()), 1)
        assert len(count) == PEOPLE
        return {int(people[str(text["token"])]): str(text["from"]) for text in texts}

    def waits_for(self, campaign: int, count: int = PEOPLE) -> None:
        """Until so many of its texts were accepted."""
        service.until(lambda: len(self.texts(campaign)) >= count, what=f"{count} texts")


def test_whatever_the_provider_does_everybody_is_texted_once_and_by_whom_it_works() -> None:
    senders = [{"id": one, "segments_per_second": RATE, "voice": False} for one in (OURS, OTHER)]
    settings = {"SENDERS": json.dumps(senders)}
    with (
        service.running("--workers", "2", settings=settings) as running,
        backstage(running) as ask,
    ):
        ask("register", PEOPLE)
        scene = Scene(running, ask)
        called_back = late_texts_are_called_back(scene)
        a_filtered_number_is_spared(scene)
        it_comes_back_and_everybody_has_their_own_number_again(scene)
        a_number_the_provider_does_not_take_texts_from_is_spared(scene)
        a_refused_account_holds_everything_and_is_told(scene)
        a_pause_acts_at_once(scene)
        what_is_urgent_overtakes(scene)
        a_correction_stops_and_reaches_everybody(scene)
        assert scene.ask("standing", called_back)["delivered"] == 0, "and never arrived"


def late_texts_are_called_back(scene: Scene) -> int:
    """A campaign ends at its time while the provider still holds its texts."""
    scene.trouble({"kind": "slow-queue", "value": 12})
    campaign = scene.sends()
    scene.waits_for(campaign, BEGUN)
    scene.ask("late", campaign)

    def is_called_back() -> bool:
        scene.ask("sweep")
        standing = scene.ask("standing", campaign)
        return not standing["sending"] and standing["failed"] == len(scene.texts(campaign))

    service.until(is_called_back, what="the calling back")
    assert len(scene.texts(campaign)) < PEOPLE
    phones = scene.running.twin("GET", "/twin/phones?limit=1000")["phones"]
    assert isinstance(phones, list)
    assert [one["last"]["status"] for one in phones] == ["canceled"] * len(scene.texts(campaign))
    return campaign


def a_filtered_number_is_spared(scene: Scene) -> None:
    """Carriers filter one number, and the provider's news are lost, doubled and out of order."""
    scene.trouble(
        {"kind": "undeliver", "value": 30007, "probability": 0.8, "sender": OURS},
        {"kind": "lose-callback", "count": 20},
        {"kind": "repeat-callback", "probability": 0.3},
        {"kind": "reorder-callbacks", "probability": 0.3},
        {"kind": "answer", "value": 429, "probability": 0.1},
    )
    campaign = scene.sends()
    scene.waits_for(campaign)
    scene.usual = scene.by_person(campaign)
    assert set(scene.usual.values()) == {OURS, OTHER}

    def is_over() -> bool:
        scene.ask("poll")  # the lost ones
        return not scene.ask("standing", campaign)["open"]

    service.until(is_over, what="every text's end")
    standing = scene.ask("standing", campaign)
    assert standing["delivered"] + standing["undelivered"] == PEOPLE
    assert scene.ask("review", 0) == {"0": 0, "1": 3}
    other = scene.sends()
    scene.waits_for(other)
    now = scene.by_person(other)
    ours = [person for person, sender in scene.usual.items() if sender == OURS]
    assert sum(now[person] == OURS for person in ours) <= len(ours) / 3, "a trickle is left"
    assert all(now[person] == OTHER for person, sender in scene.usual.items() if sender == OTHER)


def it_comes_back_and_everybody_has_their_own_number_again(scene: Scene) -> None:
    """Step by step, each after the guard time."""
    scene.trouble()
    assert scene.ask("review", 1)["0"] == 1
    assert scene.ask("review", 3)["0"] == 3
    campaign = scene.sends()
    scene.waits_for(campaign)
    assert scene.by_person(campaign) == scene.usual


def a_number_the_provider_does_not_take_texts_from_is_spared(scene: Scene) -> None:
    """503 for what one number sends, and connections dropped after a text of the other was accepted."""
    scene.ask("forget_senders")
    scene.trouble(
        {"kind": "answer", "value": 503, "sender": OURS},
        {"kind": "lose-answer", "count": 3, "sender": OTHER},
    )
    campaign = scene.sends()
    ours = sum(sender == OURS for sender in scene.usual.values())

    def is_refused() -> bool:
        standing = scene.ask("standing", campaign)
        # What was accepted and not answered has its name from a callback by then, or waits with the others.
        return standing["refused"] == standing["nameless"] >= ours == PEOPLE - len(scene.texts(campaign))

    service.until(is_refused, what="the refusals")
    assert scene.ask("review", 0)["0"] == 0
    assert scene.ask("end_leases")["doubts"]
    scene.waits_for(campaign)
    assert set(scene.by_person(campaign).values()) == {OTHER}
    service.until(lambda: not scene.ask("standing", campaign)["nameless"], what="the names")
    scene.trouble()
    scene.ask("forget_senders")


def a_refused_account_holds_everything_and_is_told(scene: Scene) -> None:
    """Nothing is lost while it lasts, and all of it goes out afterwards."""
    scene.trouble({"kind": "refuse", "value": SUSPENDED})
    campaign = scene.sends()
    service.until(lambda: scene.ask("refusal")["code"] == SUSPENDED, what="the breaker")
    assert scene.ask("refusal")["shown"], "officers are told on every page"
    assert not scene.ask("knock")["in"], "still refused"
    assert scene.texts(campaign) == []
    assert scene.ask("standing", campaign)["failed"] == 0
    scene.trouble()
    assert scene.ask("knock")["in"]
    scene.waits_for(campaign)
    scene.by_person(campaign)
    assert scene.ask("refusal") == {"code": 0, "shown": False}


def a_pause_acts_at_once(scene: Scene) -> None:
    """On both workers; then it goes on where it was."""
    campaign = scene.sends()
    scene.waits_for(campaign, BEGUN)
    paused = scene.ask("pause", campaign)["at"]
    service.until(lambda: not scene.ask("standing", campaign)["sending"], what="the workers to let go")
    assert max(scene.moments(campaign)) < paused + WITHIN
    assert len(scene.texts(campaign)) < PEOPLE
    scene.ask("resume", campaign)
    scene.waits_for(campaign)
    scene.by_person(campaign)


def what_is_urgent_overtakes(scene: Scene) -> None:
    """A life-saving alert, launched while a routine one is being sent, goes first within a second."""
    routine, urgent, at = _both_under_way(scene)
    scene.waits_for(urgent)
    scene.waits_for(routine)
    for sender in (OURS, OTHER):
        ahead, behind = (scene.moments(campaign, sender) for campaign in (urgent, routine))
        assert min(ahead) < at + WITHIN
        assert [one for one in behind if at + WITHIN < one < max(ahead)] == []
        assert max(behind) > max(ahead), "it was overtaken, and goes on"
    scene.by_person(routine)
    scene.by_person(urgent)


def _both_under_way(scene: Scene) -> tuple[int, int, float]:
    """A routine alert, an urgent one, and when that was launched: both numbers still have work of the first
    for longer than the second may take to overtake. A machine that came too late for that begins again."""
    for _ in range(_ATTEMPTS):
        routine = scene.sends("routine")
        scene.waits_for(routine, BEGUN)
        launched = scene.ask("send", "life_saving")
        urgent, at = int(launched["campaign"]), launched["at"]
        whose = Counter(scene.usual.values())
        if all(
            sum(one < at for one in scene.moments(routine, sender)) + RATE * WITHIN < whose[sender]
            for sender in (OURS, OTHER)
        ):
            return routine, urgent, at
        scene.waits_for(urgent)
        scene.waits_for(routine)
    raise AssertionError("the machine is too slow to launch an alert within two seconds of another")


def a_correction_stops_and_reaches_everybody(scene: Scene) -> None:
    """Within a second nothing more of the wrong text is sent, and who got it is told."""
    campaign = scene.sends()
    scene.waits_for(campaign, BEGUN)
    corrected = scene.ask("correct", campaign)
    correction = int(corrected["correction"])
    service.until(lambda: bool(scene.ask("standing", correction)["done"]), what="the correction")
    wrong = scene.texts(campaign)
    assert max(scene.moments(campaign)) < corrected["at"] + WITHIN
    told = Counter(str(text["to"]) for text in scene.texts(correction))
    assert {str(text["to"]) for text in wrong} <= set(told)
    assert set(told.values()) == {1}
