"""Texts nobody could read."""

import pytest
from django.urls import reverse

from core.models import AuditEvent, Message
from core.officers import Role
from telephony.memory import Memory
from tests import make
from tests.console.desk import at_the_desk

pytestmark = pytest.mark.django_db


def waiting(body: str = "is the airport open??") -> Message:
    message = make.inbound(make.traveller(language="ar"), body)
    message.unclear = True
    message.save()
    return message


def at(message: Message, name: str) -> str:
    return reverse(f"console:inbox-{name}", args=[message.pk])


def test_what_waits_is_shown_in_its_language_and_the_reading_is_on_record() -> None:
    waiting()
    page = at_the_desk(Role.CASE_OFFICER).get(reverse("console:inbox")).content.decode()
    assert 'lang="ar"' in page
    assert AuditEvent.objects.get(verb="inbox.opened").figures == {"texts": 1}


def test_a_text_put_away_can_be_brought_back() -> None:
    message = waiting()
    client = at_the_desk(Role.CASE_OFFICER)
    page = client.post(at(message, "read"), follow=True).content.decode()
    assert at(message, "unread") in page
    message.refresh_from_db()
    assert not message.unclear
    client.post(at(message, "unread"))
    message.refresh_from_db()
    assert message.unclear


def test_an_answer_puts_the_text_away(provider: Memory) -> None:
    message = waiting()
    at_the_desk(Role.CASE_OFFICER).post(at(message, "reply"), {"text": "نعم، المطار مفتوح"})
    message.refresh_from_db()
    assert not message.unclear
    assert Message.objects.get(direction="out").contact == message.contact


def test_an_empty_answer_leaves_the_text_where_it_is() -> None:
    message = waiting()
    page = at_the_desk(Role.CASE_OFFICER).post(at(message, "reply"), {"text": ""}, follow=True)
    message.refresh_from_db()
    assert message.unclear
    assert "Write what the person should read" in page.content.decode()


def test_our_own_texts_are_not_in_reach_of_the_inbox() -> None:
    message = waiting()
    Message.objects.update(direction=Message.Direction.OUT)
    assert at_the_desk(Role.CASE_OFFICER).post(at(message, "read")).status_code == 404
