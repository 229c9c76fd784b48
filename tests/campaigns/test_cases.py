"""A case belongs to one officer at a time, and the database says to whom."""

import pytest

from campaigns import cases
from campaigns.models import Case
from core.models import AuditEvent
from core.officers import Role
from tests import make

pytestmark = pytest.mark.django_db


def test_of_two_officers_the_first_has_it() -> None:
    case = make.case()
    cases.claim(case, by=make.officer(Role.CASE_OFFICER), now=make.NOW)
    with pytest.raises(cases.CaseTaken):
        cases.claim(case, by=make.officer(Role.CASE_OFFICER), now=make.NOW)


def test_a_case_handed_back_waits_again() -> None:
    case, officer = make.case(), make.officer(Role.CASE_OFFICER)
    cases.claim(case, by=officer, now=make.NOW)
    cases.release(case, by=officer, now=make.NOW)
    assert (case.state, case.claimed_by) == (Case.State.OPEN, None)


def test_only_who_has_it_closes_it() -> None:
    case, officer = make.case(), make.officer(Role.CASE_OFFICER)
    cases.claim(case, by=officer, now=make.NOW)
    with pytest.raises(cases.CaseTaken):
        cases.close(
            case, by=make.officer(Role.CASE_OFFICER), outcome="met", read=cases.as_read(case), now=make.NOW
        )
    cases.close(case, by=officer, outcome="met at the embassy", read=cases.as_read(case), now=make.NOW)
    assert (case.state, case.outcome, case.closed_at) == (Case.State.CLOSED, "met at the embassy", make.NOW)


@pytest.mark.parametrize("role", [Role.AUTHOR, Role.APPROVER, Role.ANALYST, Role.ADMIN])
def test_only_case_officers_work_cases(role: Role) -> None:
    with pytest.raises(cases.NotAllowed):
        cases.claim(make.case(), by=make.officer(role), now=make.NOW)


def test_each_step_is_written_down_without_a_word_of_the_person() -> None:
    case, officer = make.case(words="bleeding"), make.officer(Role.CASE_OFFICER)
    cases.claim(case, by=officer, now=make.NOW)
    cases.close(case, by=officer, outcome="safe", read=cases.as_read(case), now=make.NOW)
    events = AuditEvent.objects.order_by("pk")
    assert [event.verb for event in events] == ["case.claimed", "case.closed"]
    assert all(event.figures == {} and event.purpose == "" for event in events)


def test_a_call_for_help_raises_an_unclear_case() -> None:
    point = make.traveller()
    for reason in (Case.Reason.UNCLEAR, Case.Reason.NEEDS_HELP, Case.Reason.UNCLEAR):
        cases.open_case(point, reason=reason, words="x", campaign=None, now=make.NOW)
    assert Case.objects.get().reason == Case.Reason.NEEDS_HELP


def test_the_open_case_of_any_phone_of_the_person_is_read_as_the_models_have_it() -> None:
    point = make.traveller()
    case = make.case(make.contact(person=point.person), words="trapped")
    case.refresh_from_db()
    make.case(make.traveller())

    found = cases.waiting_for(point)

    assert found is not None
    fields = [field.attname for field in Case._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(case, name) for name in fields]


def test_what_was_said_since_the_officer_read_it_is_not_closed_with_the_case() -> None:
    case, officer = make.case(words="help"), make.officer(Role.CASE_OFFICER)
    assert case.contact is not None
    cases.claim(case, by=officer, now=make.NOW)
    read = cases.as_read(case)
    cases.open_case(
        case.contact, reason=Case.Reason.NEEDS_HELP, words="it burns", campaign=None, now=make.NOW
    )
    with pytest.raises(cases.Unread):
        cases.close(case, by=officer, outcome="safe", read=read, now=make.NOW)
    case.refresh_from_db()
    assert case.state == Case.State.CLAIMED
    cases.close(case, by=officer, outcome="safe", read=cases.as_read(case), now=make.NOW)
    assert case.state == Case.State.CLOSED
