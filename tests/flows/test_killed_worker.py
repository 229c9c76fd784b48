"""A worker dies with SIGKILL in the middle of a campaign, as real processes: nobody twice, nobody missing."""

import json
import os
import signal
from collections import Counter

import pytest

from core.officers import Role
from telephony.numbers import synthetic
from tests import service

pytestmark = pytest.mark.processes

PEOPLE = 500
FIRST = 2_000
# Fast enough for a test, slow enough that the worker is killed in the middle.
SENDER = {"id": synthetic(0).e164, "segments_per_second": 50}
TRAVELLERS = f"""
from django.db import transaction
from django.utils import timezone
from telephony.numbers import synthetic
from tests import make
with transaction.atomic():  # the purge runs meanwhile, and a person without a trip is deleted
    for index in range({PEOPLE}):
        make.traveller(phone=synthetic({FIRST} + index), now=timezone.now())
"""


def test_every_phone_has_exactly_one_text_after_a_worker_was_killed() -> None:
    with service.running(settings={"SENDERS": json.dumps([SENDER])}) as running:
        running.manage("shell", "--no-imports", "-c", TRAVELLERS)
        campaign = _sending(running)
        service.until(lambda: len(running.sends()) > PEOPLE // 10, what="the sending to begin")

        killed = next(pid for pid, words in running.children().items() if "work urgent campaign" in words)
        os.kill(killed, signal.SIGKILL)
        assert len(running.sends()) < PEOPLE, "it was all sent before the worker died"

        # Nobody answers, so its ladder goes on; the first texts are all out when nobody waits for one.
        service.until(lambda: _delivered(running, campaign) == PEOPLE, what="the last text", seconds=400)
        asked = Counter(str(sent["to"]) for sent in running.sends())
        assert asked == {synthetic(FIRST + index).e164: 1 for index in range(PEOPLE)}


def _sending(running: service.Service) -> str:
    """The id of a check-in that two officers have just launched."""
    for name, role in (("ada", Role.AUTHOR), ("ben", Role.APPROVER)):
        running.manage("officer", "create", name, "--role", role.value)
    words = ("--country", "LY", "--text", "en=Are you safe? Reply 1 safe, 2 need help, 3 not there.")
    made = json.loads(running.manage("campaign", "create", *words, "--as", "ada", "--json"))
    for verb, officer in (("submit", "ada"), ("approve", "ben"), ("launch", "ben")):
        running.manage("campaign", verb, str(made["id"]), "--as", officer)
    return str(made["id"])


def _delivered(running: service.Service, campaign: str) -> int:
    return int(json.loads(running.manage("campaign", "show", campaign, "--json"))["tally"]["delivered"])
