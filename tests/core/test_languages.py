"""The registry of languages, and speaking one."""

import pytest
from django.utils import translation

from core.languages import language, languages, languages_of_country, speaking


def test_the_first_five_are_spoken_and_english_comes_first() -> None:
    tags = [one.tag for one in languages()]
    assert tags[0] == "en"
    assert {"en", "it", "es", "fr", "ar"} <= set(tags)


def test_nothing_is_said_to_be_reviewed_before_a_person_signed() -> None:
    for one in languages():
        assert one.reviewed == bool(one.reviewer and one.reviewed_on)


def test_arabic_runs_from_right_to_left() -> None:
    assert language("ar-EG").is_right_to_left
    assert not language("it").is_right_to_left


def test_a_language_we_do_not_speak_is_no_language_of_ours() -> None:
    with pytest.raises(KeyError):
        language("xx")


def test_speaking_holds_within_its_block_only() -> None:
    before = translation.get_language()
    with speaking("it"):
        assert translation.get_language() == "it"
    assert translation.get_language() == before


def test_speaking_an_unknown_language_is_speaking_english() -> None:
    with speaking("xx"):
        assert translation.get_language() == "en"


@pytest.mark.parametrize(
    ("country", "first"), [("IT", "it"), ("EG", "ar"), ("MX", "es"), ("SN", "fr"), ("GB", "en")]
)
def test_a_country_hints_at_its_language(country: str, first: str) -> None:
    assert languages_of_country(country)[0] == first


def test_django_knows_the_name_of_every_language_we_read() -> None:
    from_menu = {tag: translation.get_language_info(tag)["name"] for tag in ("fil", "ne", "zh", "ar")}
    assert from_menu == {"fil": "Filipino", "ne": "Nepali", "zh": "Chinese", "ar": "Arabic"}
