"""The table of a campaign's life is the only way through it."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from campaigns import states
from campaigns.models import Campaign
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
