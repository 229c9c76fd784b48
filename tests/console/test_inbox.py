"""Texts nobody could read: who sees them, who answers, and that two officers never answer the same person."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns import cases, inbox
from campaigns.models import Case
from core.models import AuditEvent, ContactPoint, Conversation, InboxClaim, Message
from core.officers import Role
from tests import make
from tests.console.desk import at_the_desk
from tests.phone import Phone

pytestmark = pytest.mark.django_db


def waiting(body: str = "is the airport open??", *, minutes: int = 5, language: str = "ar") -> Message:
    """A text in the inbox, of a registered phone, some minutes old."""
    at = timezone.now() - timedelta(minutes=minutes)
    message = make.inbound(make.traveller(language=language, now=at), body, now=at)
    message.unclear = True
    message.save()
    return message


def at(message: Message, name: str) -> str:
    return reverse(f"console:inbox-{name}", args=[message.contact_id])


def posted(client: Client, message: Message, name: str, **form: str) -> HttpResponse:
    """The page that a step ends on."""
    return client.post(at(message, name), {"upto": str(message.pk), **form}, follow=True)  # type: ignore[return-value] # the client's own class


def listed(client: Client, show: str = "waiting") -> str:
    return client.get(reverse("console:inbox"), {"show": show}).content.decode()


@pytest.fixture
def client() -> Client:
    return at_the_desk(Role.CASE_OFFICER)


class TestTheList:
    """Who waits, without a word of what they wrote."""

    def test_it_shows_who_waits_and_no_words(self, client: Client) -> None:
        message = waiting()
        page = listed(client)
        assert at(message, "texts") in page
        assert "1 text" in page
        assert message.body not in page
        assert not AuditEvent.objects.exists()

    def test_a_flood_of_one_phone_is_one_row(self, client: Client) -> None:
        message = waiting()
        for _ in range(3):
            Message.objects.filter(pk=make.inbound(message.contact).pk).update(unclear=True)
        assert "4 texts" in listed(client)
        assert inbox.count(timezone.now()) == 1

    def test_an_open_check_in_comes_first(self, client: Client) -> None:
        older, asked = waiting(minutes=50), waiting(minutes=1)
        make.asked(asked.contact, now=timezone.now() - timedelta(minutes=10))
        page = listed(client)
        assert page.index(at(asked, "texts")) < page.index(at(older, "texts"))
        assert at(older, "texts") not in listed(client, "asked")

    def test_an_empty_inbox_says_what_comes_here(self, client: Client) -> None:
        assert "The inbox is empty" in listed(client)
        assert "Nothing here" in listed(client, "mine")

    def test_the_rail_counts_people(self, client: Client) -> None:
        waiting()
        assert 'data-count="inbox">1<' in listed(client)

    def test_many_are_paged(self, client: Client) -> None:
        for _ in range(31):
            waiting()
        assert "Page 1 of 2" in listed(client)


class TestReading:
    """Opening one person's texts."""

    def test_they_are_shown_in_their_language_and_the_reading_is_on_record(self, client: Client) -> None:
        message = waiting()
        page = client.get(at(message, "texts")).content.decode()
        assert message.body in page
        assert 'lang="ar"' in page
        event = AuditEvent.objects.get(verb="inbox.opened")
        assert (event.subject, event.subject_id) == ("core.contactpoint", message.contact_id)

    @pytest.mark.parametrize("role", [Role.ANALYST, Role.AUTHOR, Role.APPROVER, Role.ADMIN])
    def test_no_other_role_reads_them(self, role: Role) -> None:
        message = waiting()
        assert at_the_desk(role).get(at(message, "texts")).status_code == 403
        assert at_the_desk(role).get(reverse("console:inbox")).status_code == 403

    def test_who_has_a_case_is_answered_there(self, client: Client) -> None:
        message = waiting()
        case = make.case(message.contact)
        address = reverse("console:case", args=[case.pk])
        assert address in listed(client)
        assert client.get(at(message, "texts"))["Location"] == address

    def test_what_an_officer_reads_in_a_case_leaves_the_inbox(self) -> None:
        message = waiting()
        case = make.case(message.contact)
        officer = make.officer(Role.CASE_OFFICER)
        cases.claim(case, by=officer, now=timezone.now())
        assert inbox.count(timezone.now()) == 0
        cases.close(case, by=officer, outcome="met", read=cases.as_read(case), now=timezone.now())
        assert inbox.count(timezone.now()) == 0
        later = make.inbound(message.contact, now=timezone.now())
        Message.objects.filter(pk=later.pk).update(unclear=True)
        assert inbox.count(timezone.now()) == 1

    def test_what_no_officer_has_read_stays_though_the_case_of_their_silence_ends(self) -> None:
        message = waiting()
        case = make.case(message.contact)
        Case.objects.filter(pk=case.pk).update(reason=Case.Reason.SILENT)
        cases.heard_from(message.contact, now=timezone.now())
        assert Case.objects.get().state == Case.State.CLOSED
        assert inbox.count(timezone.now()) == 1


class TestTaking:
    """One officer a person."""

    def test_who_took_it_may_answer(self, client: Client) -> None:
        page = posted(client, waiting(), "claim").content.decode()
        assert "Ready answers" in page
        assert InboxClaim.objects.count() == 1

    def test_the_second_is_told_that_a_colleague_was_faster(self, client: Client) -> None:
        message = waiting()
        posted(client, message, "claim")
        other = at_the_desk(make.officer(Role.CASE_OFFICER))
        for step in ("claim", "reply", "read", "release"):
            page = posted(other, message, step, text="hello").content.decode()
            assert "A colleague was faster" in page, step
        message.refresh_from_db()
        assert message.unclear
        assert not Message.objects.filter(direction="out").exists()
        assert at(message, "texts") not in listed(other)
        assert at(message, "texts") in listed(other, "taken")

    def test_handed_back_it_waits_again(self, client: Client) -> None:
        message = waiting()
        posted(client, message, "claim")
        assert at(message, "texts") in listed(client, "mine")
        posted(client, message, "release")
        assert at(message, "texts") in listed(client)

    def test_a_claim_does_not_hold_for_ever(self, client: Client) -> None:
        message = waiting()
        posted(client, message, "claim")
        InboxClaim.objects.update(at=timezone.now() - inbox.CLAIM_HOLDS)
        assert at(message, "texts") in listed(client)
        posted(at_the_desk(make.officer(Role.CASE_OFFICER)), message, "claim")
        assert InboxClaim.objects.get().at > timezone.now() - inbox.CLAIM_HOLDS


class TestPuttingAway:
    """Read, and undone."""

    def test_a_text_put_away_can_be_brought_back(self, client: Client) -> None:
        message = waiting()
        page = posted(client, message, "read").content.decode()
        undo = f"{at(message, 'unread')}?text={message.pk}"
        assert undo in page
        message.refresh_from_db()
        assert not message.unclear
        client.post(undo)
        message.refresh_from_db()
        assert message.unclear

    def test_a_text_that_came_meanwhile_stays(self, client: Client) -> None:
        message = waiting()
        later = make.inbound(message.contact)
        Message.objects.filter(pk=later.pk).update(unclear=True)
        posted(client, message, "read")
        assert list(inbox.unread().values_list("pk", flat=True)) == [later.pk]

    def test_our_own_texts_and_other_peoples_are_not_in_reach(self, client: Client) -> None:
        message, other = waiting(), waiting()
        Message.objects.filter(pk=other.pk).update(unclear=False)
        client.post(f"{at(message, 'unread')}?text={other.pk}")
        other.refresh_from_db()
        assert not other.unclear


class TestAnswering:
    """Ready answers and own words."""

    def test_an_answer_puts_the_texts_away(self, client: Client) -> None:
        message = waiting()
        posted(client, message, "claim")
        posted(client, message, "reply", text="نعم، المطار مفتوح")
        message.refresh_from_db()
        assert not message.unclear
        assert Message.objects.get(direction="out").contact == message.contact
        assert not InboxClaim.objects.exists()

    def test_a_ready_answer_goes_out_in_the_persons_language(self, client: Client) -> None:
        message = waiting(language="it")
        page = posted(client, message, "claim").content.decode()
        assert "How many people are with you, and is anybody hurt?" in page
        posted(client, message, "reply", text="", phrase="4")
        assert Message.objects.get(direction="out").body == "Quante persone sono con te, e qualcuno è ferito?"

    def test_an_empty_answer_leaves_the_text_where_it_is(self, client: Client) -> None:
        message = waiting()
        posted(client, message, "claim")
        page = posted(client, message, "reply", text=" ")
        assert page.status_code == 422
        assert "Write what the person should read" in page.content.decode()
        message.refresh_from_db()
        assert message.unclear

    def test_what_the_person_answers_goes_to_the_officer_without_a_word_of_the_machine(
        self, client: Client, phone: Phone
    ) -> None:
        phone.texts("qwrtp")
        phone.texts("zxcvb")
        message = Message.objects.get(unclear=True)
        posted(client, message, "claim")
        posted(client, message, "reply", phrase="3")
        assert Conversation.objects.get().misses > 0
        assert phone.texts("the blue hotel near the port") == ""
        assert inbox.unread().get().body == "the blue hotel near the port"
        assert "call for help" in phone.texts("SOS")

    def test_nobody_who_said_stop_is_answered(self, client: Client) -> None:
        message = waiting()
        make.opted_out(ContactPoint.objects.get())
        posted(client, message, "claim")
        assert "said STOP" in posted(client, message, "reply", text="hello").content.decode()
        assert not Message.objects.filter(direction="out").exists()
