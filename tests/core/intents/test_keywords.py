"""Every `locale/<tag>/keywords.toml` keeps one schema and says nothing twice."""

import itertools

import pytest

from core.intents.evidence import RESERVED
from core.intents.keywords import LOCALE, Mode, Sense, city_and_country, entries, read, tags
from core.intents.reading import Intent
from core.intents.vocabulary import vocabulary
from core.intents.whereabouts import city_called

INTENTS = [intent for intent in Intent if intent is not Intent.UNKNOWN]
SECTIONS = {
    "grammar": {"negation", "dates", "count", "at", "month_mark", "date_order", "years", "concord"},
    "safety": {"danger", "negation", "negation_near", "negation_after", "denial_lead", "reassuring"}
    | {"contrast", "asking", "wishing", "clears", "clears_behind", "clears_last", "clears_whole", "bridge"}
    | {"doubting", "fear"},
    "travel": {"going", "returning", "leaving", "origin", "now", "embassy", "of", "at"},
    "dates": {"today", "tomorrow", "from", "until", "instead", "moved", "and", "other", "other_months"}
    | {"day_mark", "month_mark", "year_mark", "months", "days", "eras"},
    "party": {"counted", "adults", "children", "companion", "companions", "party_of", "besides", "with"}
    | {"including", "exactly", "pairs"},
    "numbers": None,
    "places": {"countries", "cities", "shared", "english", "endings", "prefixes"},
}  # fmt: skip
# Words a person cannot do without: to leave, to come back, to be told how, and to be found.
ESSENTIAL = (
    Intent.STOP,
    Intent.START,
    Intent.HELP,
    Intent.SAFE,
    Intent.NEED_HELP,
    Intent.NOT_THERE,
    Intent.DELETE,
)


@pytest.mark.parametrize("tag", tags())
def test_the_file_keeps_the_schema(tag: str) -> None:
    data = read(tag)
    assert set(data) <= {"common", "polite", "spam", "contact", "auto_reply", *SECTIONS, *INTENTS}
    for section, known in SECTIONS.items():
        table = data.get(section, {})
        assert isinstance(table, dict)
        assert known is None or set(table) <= known, section
    for intent in INTENTS:
        table = data.get(intent, {})
        assert isinstance(table, dict)
        assert set(table) <= set(Mode), intent


@pytest.mark.parametrize("tag", tags())
def test_every_language_has_the_words_for_rights_and_safety(tag: str) -> None:
    senses = {entry.sense for _, entry in entries(tag, read(tag))}
    assert set(ESSENTIAL) <= senses
    assert {Sense.NEGATION, Sense.DANGER} <= senses


@pytest.mark.parametrize("tag", tags())
def test_no_word_has_two_intents(tag: str) -> None:
    found: dict[tuple[str, Mode], set[str]] = {}
    for phrase, entry in entries(tag, read(tag)):
        if entry.sense in INTENTS or entry.sense is Sense.DANGER:
            found.setdefault((phrase.casefold(), entry.mode), set()).add(str(entry.sense))
    assert {words: senses for words, senses in found.items() if len(senses) > 1} == {}


@pytest.mark.parametrize("tag", tags())
def test_no_keyword_is_a_reserved_word_of_the_carriers_used_for_something_else(tag: str) -> None:
    wrong = {
        phrase: entry.sense
        for phrase, entry in entries(tag, read(tag))
        if entry.mode in {Mode.ALONE, Mode.ANYWHERE}
        and isinstance(entry.sense, Intent)
        and RESERVED.get(phrase.casefold(), entry.sense) is not entry.sense
    }
    assert wrong == {}


@pytest.mark.parametrize("tag", tags())
def test_nothing_is_said_twice(tag: str) -> None:
    phrases = [
        (phrase, entry.sense, entry.mode)
        for phrase, entry in entries(tag, read(tag))
        if entry.sense is not Sense.COMMON
    ]
    twice = [phrase for phrase, again in itertools.groupby(sorted(phrases)) if len(list(again)) > 1]
    assert twice == []


@pytest.mark.parametrize("tag", tags())
def test_every_place_points_into_the_gazetteer(tag: str) -> None:
    words = vocabulary()
    places = read(tag).get("places", {})
    assert isinstance(places, dict)
    shared = places.get("shared", {}).values()
    named = [
        *places.get("cities", {}).values(),
        *places.get("english", {}).values(),
        *itertools.chain(*shared),
    ]
    lost = [name for name in named if not city_called(*city_and_country(name), words.gazetteer)]
    lost += [code for code in places.get("countries", {}).values() if code not in words.gazetteer.countries]
    assert lost == []


def test_every_language_we_speak_is_one_we_understand() -> None:
    assert {path.parent.name for path in LOCALE.glob("*/language.toml")} <= set(tags())
