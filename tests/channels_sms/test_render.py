"""Replies as the provider wants them."""

from uuid import UUID
from xml.etree import ElementTree

from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from channels_sms.render import as_sms, as_text
from channels_sms.segments import Encoding, count
from core.turn import Choice, Reply

TOKEN = UUID(int=7)


def test_choices_stand_below_the_text_by_number() -> None:
    reply = Reply("Which?", (Choice("1", "Libya"), Choice("0", "No")))
    assert as_text(reply) == "Which?\n1 Libya\n0 No"


def test_silence_is_an_empty_response() -> None:
    document = ElementTree.fromstring(as_sms(Reply("")))  # noqa: S314 - our own
    assert document.tag == "Response"
    assert list(document) == []


def test_a_reply_asks_to_be_told_how_it_fared() -> None:
    message = ElementTree.fromstring(as_sms(Reply("Hello <you> & all", token=TOKEN))).find("Message")  # noqa: S314
    assert message is not None
    assert message.text == "Hello <you> & all"
    assert message.get("action", "").endswith(f"/sms/status/{TOKEN}")


def test_accents_that_alone_would_cost_an_alphabet_are_left_out() -> None:
    assert as_text(Reply("Trípoli, ¿mañana? Côte")) == "Tripoli, ¿mañana? Cote"
    assert count(as_text(Reply("Trípoli"))).encoding is Encoding.GSM_7


def test_a_text_of_another_alphabet_is_not_touched() -> None:
    assert as_text(Reply("Trípoli طرابلس")) == "Trípoli طرابلس"
    assert as_text(Reply("được rồi, Đà Nẵng")) == "được rồi, Đà Nẵng"


@given(text=st.text(), token=st.none() | st.uuids())
def test_the_answer_is_what_the_providers_own_kit_would_write(text: str, token: UUID | None) -> None:
    reply = Reply(text, token=token)
    expected = MessagingResponse()
    if text:
        action = f"{settings.PUBLIC_BASE_URL}/sms/status/{token}" if token else None
        expected.message(as_text(reply), action=action, method="POST" if action else None)
    assert as_sms(reply) == str(expected)
