"""Replies as the provider wants them."""

from uuid import UUID
from xml.etree import ElementTree

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
