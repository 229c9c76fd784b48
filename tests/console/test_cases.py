"""People who need help: nobody reads about a person without a reason, and no case is taken twice."""

import pytest
from django.urls import reverse

from campaigns import cases
from campaigns.models import Campaign, Case
from console.signs import SIGNS
from core import people
from core.models import AuditEvent, EmergencyContact, Message, Person
from core.officers import Role
from core.privacy.index import blind_index
from telephony.memory import Memory
from telephony.numbers import synthetic
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db

WORDS = "trapped on the second floor"


def opened(case: Case) -> str:
    return reverse("console:case", args=[case.pk])


def deed(case: Case, name: str) -> str:
    return reverse(f"console:case-{name}", args=[case.pk])


def test_a_case_shows_nothing_personal_before_it_is_taken() -> None:
    case = make.case(words=WORDS)
    page = at_the_desk(Role.CASE_OFFICER).get(opened(case)).content.decode()
    assert WORDS not in page
    assert "tel:" not in page
    assert not AuditEvent.objects.filter(verb="case.opened").exists()


def test_taking_a_case_opens_it_and_every_opening_is_on_record() -> None:
    case = make.case(words=WORDS)
    officer = make.officer(Role.CASE_OFFICER)
    page = at_the_desk(officer).post(deed(case, "claim"), follow=True).content.decode()
    assert WORDS in page
    assert "Call this person" in page
    line = AuditEvent.objects.get(verb="case.opened")
    assert (line.officer, line.subject_id, line.purpose) == (officer, case.pk, "handling")


def test_the_emergency_contact_shows_once_it_was_told_and_with_the_case() -> None:
    case = make.case()
    assert case.person is not None
    number = synthetic(77).e164
    named = EmergencyContact.objects.create(
        person=case.person,
        number=number,
        number_index=blind_index(synthetic(77)),
        asked_as="Ali",
        language="en",
        created_at=make.NOW,
    )
    desk = at_the_desk(Role.CASE_OFFICER)
    assert number not in desk.post(deed(case, "claim"), follow=True).content.decode(), "not told yet"
    EmergencyContact.objects.filter(pk=named.pk).update(told_at=make.NOW)
    assert number in desk.get(opened(case)).content.decode()
    assert number not in at_the_desk(Role.CASE_OFFICER).get(opened(case)).content.decode()


def test_a_colleague_looks_inside_only_with_a_reason_that_is_kept() -> None:
    case = make.case(words=WORDS)
    cases.claim(case, by=make.officer(Role.CASE_OFFICER), now=make.NOW)
    colleague = at_the_desk(Role.CASE_OFFICER)
    assert WORDS not in colleague.get(opened(case)).content.decode()
    assert "Choose why you open this case" in colleague.post(deed(case, "look"), {}).content.decode()
    page = colleague.post(deed(case, "look"), {"reason": "handover"}, follow=True).content.decode()
    assert WORDS in page
    assert AuditEvent.objects.get(verb="case.opened").purpose == "handover"


def test_of_two_officers_the_second_is_told_that_a_colleague_was_faster() -> None:
    case = make.case()
    at_the_desk(Role.CASE_OFFICER).post(deed(case, "claim"))
    page = at_the_desk(Role.CASE_OFFICER).post(deed(case, "claim"), follow=True).content.decode()
    assert "A colleague was faster" in page


def test_only_the_officer_who_has_a_case_closes_it() -> None:
    case = make.case()
    cases.claim(case, by=make.officer(Role.CASE_OFFICER), now=make.NOW)
    at_the_desk(Role.CASE_OFFICER).post(deed(case, "close"), {"outcome": "safe", "note": ""})
    case.refresh_from_db()
    assert case.state == Case.State.CLAIMED


def test_closing_keeps_what_came_of_it() -> None:
    case = make.case()
    client = at_the_desk(Role.CASE_OFFICER)
    client.post(deed(case, "claim"))
    assert "Choose what came of it" in client.post(deed(case, "close"), {}).content.decode()
    read = cases.as_read(case)
    assert f'name="read" value="{read}"' in client.get(opened(case)).content.decode()
    closing = {"outcome": "handed-over", "note": "Team 4 has them."}
    page = client.post(deed(case, "close"), closing | {"read": "older"}, follow=True).content.decode()
    assert "There is more from this person than you had read" in page
    client.post(deed(case, "close"), closing | {"read": read})
    case.refresh_from_db()
    assert (case.state, case.outcome) == (Case.State.CLOSED, "handed-over\nTeam 4 has them.")


def test_a_case_handed_back_waits_again_with_its_old_time() -> None:
    case = make.case()
    client = at_the_desk(Role.CASE_OFFICER)
    client.post(deed(case, "claim"))
    client.post(deed(case, "release"))
    case.refresh_from_db()
    assert (case.state, case.opened_at) == (Case.State.OPEN, make.NOW)


def test_a_reply_leaves_by_the_urgent_way_and_shows_in_the_thread(provider: Memory) -> None:
    case = make.case()
    client = at_the_desk(Role.CASE_OFFICER)
    client.post(deed(case, "claim"))
    page = client.post(deed(case, "reply"), {"text": "A team is on its way."}, follow=True).content.decode()
    assert "A team is on its way." in page
    assert Message.objects.get(direction="out").segments == 1


def test_a_reply_to_somebody_who_said_stop_is_not_sent_and_the_page_says_what_to_do() -> None:
    case = make.case(make.opted_out(make.traveller()))
    client = at_the_desk(Role.CASE_OFFICER)
    client.post(deed(case, "claim"))
    page = client.post(deed(case, "reply"), {"text": "Hello"}, follow=True).content.decode()
    assert "we may neither text nor call it" in page
    assert not Message.objects.filter(direction="out").exists()


def test_an_empty_reply_says_what_is_missing_and_keeps_the_page() -> None:
    case = make.case(words=WORDS)
    client = at_the_desk(Role.CASE_OFFICER)
    client.post(deed(case, "claim"))
    page = client.post(deed(case, "reply"), {"text": " "})
    assert page.status_code == 422
    assert "Write what the person should read" in page.content.decode()


def test_a_case_outlives_its_person() -> None:
    case = make.case()
    people.forget(Person.objects.get(), make.NOW)
    client = at_the_desk(Role.CASE_OFFICER)
    page = client.post(deed(case, "claim"), follow=True).content.decode()
    assert "has been deleted" in page


def test_a_drills_call_for_help_is_counted_apart() -> None:
    campaign = make.running_campaign(recipients=0)
    Campaign.objects.update(drill=True)
    drilled = make.case()
    Case.objects.filter(pk=drilled.pk).update(campaign=campaign)
    page = at_the_desk(Role.CASE_OFFICER).get(reverse("console:now")).content.decode()
    assert "Nobody waits for help right now" in page
    assert 'data-count="cases" hidden' in page


def test_the_campaigns_texts_appear_in_the_thread_though_messages_do_not_hold_them() -> None:
    recipient = make.asked(make.traveller())
    contact = recipient.contact
    assert contact is not None
    message = Message.objects.create(
        contact=contact,
        direction="out",
        channel="sms",
        sender=make.SENDER,
        created_at=make.NOW,
        status="delivered",
    )
    recipient.attempts.create(channel="sms", message=message)
    case = make.case(contact)
    page = at_the_desk(Role.CASE_OFFICER).post(deed(case, "claim"), follow=True).content.decode()
    assert make.TEXT in page


@pytest.mark.parametrize("reason", Case.Reason)
def test_a_case_of_every_reason_stands_in_every_list_and_opens(reason: Case.Reason) -> None:
    """One that a page cannot show would take the whole list away from everybody who waits in it."""
    case, client = make.case(make.traveller()), at_the_desk(Role.CASE_OFFICER)
    Case.objects.update(reason=reason)
    shown = str(SIGNS[reason].word if reason in SIGNS else reason.label)
    lists = [
        reverse("console:now"),
        f"{reverse('console:cases')}?show=open",
        f"{reverse('console:cases')}?show=silent",
    ]
    listed = [shown in client.get(address).content.decode().partition("<tbody>")[2] for address in lists]
    assert listed == ([False, False, True] if reason == Case.Reason.SILENT else [True, True, False])
    opened = reverse("console:case", args=[case.pk])
    assert shown in client.get(opened).content.decode()
    client.post(reverse("console:case-claim", args=[case.pk]))
    assert shown in client.get(opened).content.decode()


def test_the_number_on_each_shelf_is_the_length_of_its_list() -> None:
    officer, drill = make.officer(Role.CASE_OFFICER), make.running_campaign()
    Campaign.objects.filter(pk=drill.pk).update(drill=True)
    fates = [
        ("open", "needs_help", None, None),
        ("open", "unclear", None, None),
        ("open", "silent", None, None),
        ("open", "needs_help", None, drill),
        ("claimed", "needs_help", officer, None),
        ("claimed", "needs_help", officer, drill),
        ("claimed", "contact", make.officer(Role.CASE_OFFICER), None),
        ("closed", "needs_help", officer, None),
    ]
    for state, reason, by, campaign in fates:
        case = make.case()
        Case.objects.filter(pk=case.pk).update(state=state, reason=reason, claimed_by=by, campaign=campaign)
    client, address = at_the_desk(officer), reverse("console:cases")
    page = client.get(address).context
    assert dict(page["counts"]) == {"open": 2, "silent": 1, "mine": 2, "claimed": 2, "drills": 2}
    for shelf, number in page["counts"].items():
        assert len(client.get(address, {"show": shelf}).context["rows"]) == number, shelf


def test_a_list_that_does_not_exist_is_the_list_of_who_waits() -> None:
    page = at_the_desk(Role.CASE_OFFICER).get(reverse("console:cases"), {"show": "odd"}).content.decode()
    assert "Nobody waits for help" in page
