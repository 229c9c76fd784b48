"""The words of dialogues that are no intents: understood by their dialogue alone, in every catalog."""

from collections.abc import Callable

import pytest

from core import phones
from core.dialogues import contact, second_phone
from core.dialogues.answers import begins_with, plain
from core.intents.evidence import RESERVED
from core.intents.reading import Intent
from core.intents.understand import understand
from core.languages import speaking
from core.models import ContactPoint
from tests import make, stories

TAGS = stories.tags()
LISTS = [contact.words, second_phone.words]


def words_of(words: Callable[[], str], tag: str) -> list[str]:
    """The list in that language."""
    with speaking(tag):
        return [word.strip() for word in words().replace("،", ",").split(",")]


@pytest.mark.parametrize("words", LISTS, ids=["contact", "phone"])
@pytest.mark.parametrize("tag", TAGS)
def test_no_word_of_ours_means_anything_else(tag: str, words: Callable[[], str]) -> None:
    for word in words_of(words, tag):
        assert plain(word) not in RESERVED, word
        assert understand(word, (tag,), make.NOW.date()).intent is Intent.UNKNOWN, word


@pytest.mark.parametrize("tag", TAGS)
def test_no_word_names_two_dialogues(tag: str) -> None:
    first, second = ({plain(word) for word in words_of(words, tag)} for words in LISTS)
    assert not first & second


@pytest.mark.parametrize("tag", TAGS)
def test_what_we_tell_people_to_write_is_the_first_word_of_the_list(tag: str) -> None:
    from_contact, from_phone = (plain(words_of(words, tag)[0]) for words in LISTS)
    with speaking(tag):
        assert begins_with(from_contact, contact.words())
        assert begins_with(from_phone, second_phone.words())
        assert from_contact in plain(contact.kept("").text)
        assert from_phone in plain(phones.joined(ContactPoint(number="")).text)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("contact", True),
        ("CONTACT.", True),
        ("contact +44 7700 900", True),
        ("contact 7", False),
        ("contact me", False),
        ("contacts", False),
        ("please contact", False),
    ],
)
def test_a_word_stands_alone_or_before_a_phone_number(text: str, *, begins: bool) -> None:
    assert begins_with(text, "contact, my contact") is begins
