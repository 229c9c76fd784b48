"""The same request delivered at the same instant, by real connections."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connections

from campaigns.models import Case
from channels_voice.models import Call, CallStep
from core.models import ContactPoint
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests.handset import Handset

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 8


@pytest.fixture
def line(transactional_db: None, provider: Memory) -> Handset:
    """A telephone whose requests really meet."""
    return Handset(synthetic(510), provider, count(1))


def test_two_callbacks_at_once_give_one_step_and_one_answer(line: Handset) -> None:
    line.dials()
    target = line.target
    answers = _at_once(line, target, [{"Digits": "2"}] * AT_ONCE)
    assert len(answers) == 1
    assert Case.objects.count() == 1
    assert CallStep.objects.count() == Call.objects.get().step == 2


def test_different_keys_at_once_are_one_answer(line: Handset) -> None:
    line.dials()
    answers = _at_once(line, line.target, [{"Digits": str(key)} for key in range(1, 5)] * 2)
    assert len(answers) == 1
    assert CallStep.objects.count() == 2


def test_a_ring_delivered_at_once_is_one_call(line: Handset) -> None:
    line.sid = "CA" + "4" * 32
    answers = _at_once(line, "/voice/answer", [{}] * AT_ONCE)
    assert len(answers) == 1
    assert Call.objects.count() == 1


def test_twelve_calls_of_one_phone_at_once_are_twelve_lines_of_one_phone(line: Handset) -> None:
    forms = [{"CallSid": f"CA{number:032x}"} for number in range(12)]
    _at_once(line, "/voice/answer", forms)
    assert Call.objects.count() == 12
    assert ContactPoint.objects.count() == 1


def test_twelve_lines_of_one_phone_that_ask_for_help_at_once_open_one_case(line: Handset) -> None:
    lines = [Handset(line.number, line.provider, line.sids) for _ in range(12)]
    for one in lines:
        one.dials()
    targets = [(one, one.target) for one in lines]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = set(pool.map(lambda each: _posted(each[0], each[1], {"Digits": "2"}), targets))
    assert statuses == {200}
    assert Case.objects.count() == 1
    assert Call.objects.count() == 12


def _posted(line: Handset, path: str, form: dict[str, str]) -> int:
    try:
        return line.posts(path, form).status_code
    finally:
        connections.close_all()


def _at_once(line: Handset, path: str, forms: list[dict[str, str]]) -> set[bytes]:
    def post(form: dict[str, str]) -> bytes:
        try:
            response = line.posts(path, form)
            assert response.status_code == 200
            return bytes(response.content)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return set(pool.map(post, forms))
