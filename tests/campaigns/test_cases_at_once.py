"""A case that several change at the same moment: no word is lost, and nobody's claim is."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
from django.db import transaction

from campaigns import cases
from campaigns.models import Case
from core.models import ContactPoint
from core.officers import Role
from tests import make
from tests.elsewhere import elsewhere, until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)

Reason = Case.Reason


def writes(point: ContactPoint, reason: Reason, words: str) -> None:
    with transaction.atomic():
        cases.open_case(point, reason=reason, words=words, campaign=None, now=make.NOW)


def together(first: Callable[[], object], second: Callable[[], object]) -> None:
    """The second is at work when the first commits."""
    with ExitStack() as ends, transaction.atomic():
        first()
        until_somebody_waits(ends.enter_context(elsewhere(second)))


@pytest.mark.parametrize("listed", [True, False])
def test_word_of_a_relative_at_the_same_moment_hides_no_call_for_help(*, listed: bool) -> None:
    point = make.traveller()
    if listed:
        writes(point, Reason.SILENT, "")
    together(
        lambda: writes(point, Reason.CONTACT, "all is well"),
        lambda: writes(point, Reason.NEEDS_HELP, "trapped"),
    )
    case = Case.objects.get()
    assert (case.reason, case.words) == (Reason.NEEDS_HELP, "all is well\ntrapped")


def test_words_that_come_as_an_officer_takes_the_case_leave_it_with_them() -> None:
    case, officer = make.case(words="help"), make.officer(Role.CASE_OFFICER)
    assert case.contact is not None
    point = case.contact
    together(
        lambda: cases.claim(case, by=officer, now=make.NOW),
        lambda: writes(point, Reason.NEEDS_HELP, "third floor"),
    )
    case.refresh_from_db()
    assert (case.state, case.claimed_by) == (Case.State.CLAIMED, officer)
    assert case.words == "help\nthird floor"


def test_an_answer_that_comes_as_an_officer_takes_the_case_does_not_close_it() -> None:
    point, officer = make.traveller(), make.officer(Role.CASE_OFFICER)
    writes(point, Reason.SILENT, "")

    def answers() -> None:
        with transaction.atomic():
            cases.heard_from(point, now=make.NOW)

    together(lambda: cases.claim(Case.objects.get(), by=officer, now=make.NOW), answers)
    assert Case.objects.get().state == Case.State.CLAIMED
