"""The table of a campaign's life is the only way through it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns import escalation, ladder, states
from campaigns.models import Campaign, Recipient
from campaigns.states import TABLE, Move, NotAllowed, WrongState
from core.models import AuditEvent
from core.officers import PERMISSIONS, Role
from tests import make

pytestmark = pytest.mark.django_db

State = Campaign.State


@pytest.mark.parametrize("what", list(Move))
@pytest.mark.parametrize("state", list(State))
def test_a_move_works_from_exactly_the_states_in_its_row(what: Move, state: State) -> None:
    campaign = make.campaign()
    Campaign.objects.update(state=state)
    row = TABLE[what]
    if state in row.origins:
        states.move(campaign, what, by=None, now=make.NOW)
        assert campaign.state == row.to
    else:
        with pytest.raises(WrongState) as refusal:
            states.move(campaign, what, by=None, now=make.NOW)
        assert refusal.value.detail == state


@pytest.mark.parametrize("what", [move for move in Move if TABLE[move].permission])
@pytest.mark.parametrize("role", list(Role))
def test_only_a_role_with_the_permission_makes_the_move(what: Move, role: Role) -> None:
    campaign = make.campaign()
    Campaign.objects.update(state=next(iter(TABLE[what].origins)))
    officer = make.officer(role)
    permission = TABLE[what].permission
    if permission in PERMISSIONS[role]:
        states.move(campaign, what, by=officer, now=make.NOW)
        assert campaign.state == TABLE[what].to
    else:
        with pytest.raises(NotAllowed):
            states.move(campaign, what, by=officer, now=make.NOW)


def test_of_two_officers_at_once_one_wins() -> None:
    campaign = make.campaign()
    same = Campaign.objects.get(pk=campaign.pk)
    states.move(campaign, Move.SUBMIT, by=None, now=make.NOW)
    with pytest.raises(WrongState):
        states.move(same, Move.SUBMIT, by=None, now=make.NOW)
    assert same.state == State.SUBMITTED


@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.sampled_from(Move), max_size=12))
def test_any_order_of_moves_follows_the_table_and_each_is_audited(moves: list[Move]) -> None:
    campaign = make.campaign()
    expected, made = State.DRAFT, []
    for what in moves:
        if expected in TABLE[what].origins:
            expected = TABLE[what].to
            made.append(what.value)
        try:
            states.move(campaign, what, by=None, now=make.NOW)
        except WrongState:
            assert campaign.state == expected
    assert campaign.state == expected
    verbs = AuditEvent.objects.filter(subject="campaigns.campaign", subject_id=campaign.pk)
    assert list(verbs.order_by("pk").values_list("verb", flat=True)) == made


def test_done_and_stopped_are_the_end() -> None:
    ends = {State.DONE, State.STOPPED}
    assert not any(row.origins & ends for row in TABLE.values())


def test_whoever_climbs_while_it_is_looked_whether_all_is_done_is_not_left_behind(redis_db: object) -> None:
    row = make.asked(make.traveller())
    campaign = row.campaign
    Campaign.objects.update(ladder=list(ladder.default("check-in", Campaign.Urgency.NORMAL).as_json()))
    campaign.batches.update(state="done")
    Recipient.objects.update(due_at=make.NOW)
    climbed: list[str] = []

    def climbs(execute: Callable[..., object], sql: str, *given: object) -> object:
        found = execute(sql, *given)
        if "campaigns_batch" in sql and not climbed:
            climbed.append(sql)
            escalation.climb(make.NOW + timedelta(minutes=1))
        return found

    with connection.execute_wrapper(climbs):
        assert not states.finish_if_sent(campaign.pk, make.NOW)
    assert climbed
    assert campaign.batches.filter(state="ready").exists(), "the reminder waits, and is sent"
