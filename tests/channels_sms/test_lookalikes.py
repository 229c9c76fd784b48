"""An officer is offered a cheaper spelling, sees what it changes, and nobody takes it for them."""

from channels_sms import lookalikes
from channels_sms.segments import count


def test_typographic_marks_of_an_english_text_are_offered_as_plain_ones() -> None:
    text = "“Stay inside” – we’ll call…" + " a" * 40
    offer = lookalikes.plainer(text)
    assert offer is not None
    assert offer.text == '"Stay inside" - we\'ll call...' + " a" * 40
    assert offer.changes == (("“", '"'), ("”", '"'), ("–", "-"), ("’", "'"), ("…", "..."))
    assert (count(text).segments, offer.cost.segments) == (2, 1)


def test_a_turkish_text_is_offered_without_its_own_letters() -> None:
    offer = lookalikes.plainer("ışık " * 20)
    assert offer is not None
    assert offer.text == "isik " * 20


def test_accents_in_two_pieces_are_put_together_before_they_are_judged() -> None:
    offer = lookalikes.plainer("e\u0301" * 71)
    assert offer is not None
    assert (offer.text, offer.changes) == ("é" * 71, ())


def test_another_alphabet_or_a_picture_has_no_lookalike() -> None:
    assert lookalikes.plainer("وصل الماء" * 20) is None
    assert lookalikes.plainer("ok 😜 " * 40) is None
    assert lookalikes.plainer("Привет “мир” " * 20) is None


def test_a_spelling_that_saves_nothing_is_not_offered() -> None:
    assert lookalikes.plainer("it’s fine") is None
    assert lookalikes.plainer("plain already " * 20) is None
