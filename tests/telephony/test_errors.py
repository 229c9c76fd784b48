import pickle
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony import errors
from telephony.errors import (
    BACKOFF,
    CODES,
    BadRequest,
    Decision,
    NotFromAPhone,
    OutcomeUnknown,
    ProviderError,
    Refused,
    rule_for,
)


@pytest.mark.parametrize(
    ("code", "decision"),
    [
        (20429, Decision.RETRY),
        (21610, Decision.OPT_OUT),
        (21211, Decision.NEVER),
        (21614, Decision.OTHER_CHANNEL),
        (30006, Decision.OTHER_CHANNEL),
        (30003, Decision.LATER),
        (21408, Decision.ALARM),
        (21210, Decision.ALARM),
        (21214, Decision.OTHER_CHANNEL),
        (21215, Decision.ALARM),
        (21217, Decision.OTHER_CHANNEL),
        (13227, Decision.ALARM),
        (22005, Decision.LATER),
        (10004, Decision.LATER),
    ],
)
def test_a_known_code_leads_to_its_decision(code: int, decision: Decision) -> None:
    assert rule_for(code).decision is decision
    assert Refused(code).decision is decision


def test_an_unreachable_handset_is_tried_again_over_some_hours() -> None:
    assert rule_for(30003).waits == (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


def test_a_code_nobody_told_us_of_moves_on_to_the_next_channel_and_wakes_the_operator() -> None:
    rule = rule_for(39999)
    assert (rule.code, rule.decision, rule.waits) == (39999, Decision.OTHER_CHANNEL, ())
    assert rule.alarms


def test_the_operator_hears_of_our_own_faults_and_of_nothing_a_phone_does() -> None:
    assert rule_for(21606).alarms
    assert rule_for(30007).alarms
    assert not rule_for(30003).alarms
    assert not rule_for(21610).alarms


def test_every_rule_is_a_sentence_and_waits_exactly_when_it_comes_back_later() -> None:
    for rule in CODES.values():
        assert rule.meaning[0].isupper(), rule.code
        assert rule.meaning.endswith("."), rule.code
        assert len(rule.meaning) <= 80, rule.code
        assert bool(rule.waits) == (rule.decision is Decision.LATER), rule.code
        assert list(rule.waits) == sorted(rule.waits), rule.code
        assert rule.known, rule.code


def test_no_code_is_listed_twice() -> None:
    assert len(errors._RULES) == len(CODES)


def test_a_request_is_repeated_four_times_each_wait_double_the_last_within_a_tenth() -> None:
    rng = Random(1)
    waits = [BACKOFF.wait(tried, rng) for tried in range(1, 6)]
    assert waits[-1] is None
    for planned, wait in zip((0.1, 0.2, 0.4, 0.8), waits, strict=False):
        assert wait == pytest.approx(planned, rel=0.1)


def test_the_jitter_is_real() -> None:
    assert len({BACKOFF.wait(1, Random(seed)) for seed in range(10)}) == 10


def test_the_wait_that_the_provider_asks_for_is_honoured_up_to_the_cap() -> None:
    assert BACKOFF.wait(1, Random(1), at_least=7.0) == 7.0
    assert BACKOFF.wait(1, Random(1), at_least=3600.0) == 30.0


@given(st.integers(1, 4), st.integers(), st.floats(0, 1e9))
def test_no_wait_is_ever_longer_than_the_cap(tried: int, seed: int, at_least: float) -> None:
    wait = BACKOFF.wait(tried, Random(seed), at_least=at_least)
    assert wait is not None
    assert 0 < wait <= 30.0


def test_a_connection_that_never_opened_is_tried_again() -> None:
    assert Refused(None).decision is Decision.RETRY
    assert str(Refused(None)) == "no answer"


def test_an_error_survives_the_way_between_processes() -> None:
    copy = pickle.loads(pickle.dumps(Refused(20429, retry_after=2.0)))  # noqa: S301
    assert (copy.code, copy.decision, copy.retry_after) == (20429, Decision.RETRY, 2.0)


def test_errors_say_a_code_a_field_or_a_sid_and_are_one_family() -> None:
    errors: list[ProviderError] = [
        Refused(21610),
        OutcomeUnknown(503),
        BadRequest("From"),
        NotFromAPhone("SM1"),
    ]
    said = [str(error) for error in errors]
    assert said == ["code 21610", "code 503", "form without From", "text SM1 is not from a phone"]
