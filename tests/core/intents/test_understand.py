"""What holds for every text there is."""

import itertools
import string
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.intents.keywords import Mode, entries, read, tags
from core.intents.reading import About, Intent, Place, Question, Reading
from core.intents.understand import explain, understand
from tests.core.intents.corpus import TODAY, Line, languages, lines

LINES = [line for tag in languages() for line in lines(tag)]
WIDE = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in string.digits + string.ascii_letters})
SCRIPTS = ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙", "၀၁၂၃၄၅၆၇၈၉")  # fmt: skip
some_line = st.sampled_from(LINES)


def meaning(text: str) -> Reading:
    return understand(text, (), TODAY)


@given(st.text(max_size=300))
@example("\ud800")
@example("İİı")
@example("99/99 31/2 00/00 ٣١/٢")
def test_any_text_has_a_reading(text: str) -> None:
    reading = meaning(text)
    assert 0 <= reading.confidence <= 1
    assert reading.party is None or 1 <= reading.party <= 99
    assert reading.start is None or reading.end is None or reading.start <= reading.end


@pytest.mark.parametrize(
    "unit",
    ["a ", "9", "🙂", "1/", "no ", "不", "ก", "safe not ", "\u0301", "stop ", "ﷺ", "barsel ", "1 dec "],
)
def test_ten_kilobytes_of_one_thing_are_read_to_an_end(unit: str) -> None:
    assert isinstance(meaning(unit * (10_000 // len(unit.encode()))), Reading)


@given(some_line)
def test_capitals_change_nothing(line: Line) -> None:
    if "ß" not in line.text and "ı" not in line.text:
        assert meaning(line.text.upper()) == meaning(line.text)


@given(some_line)
def test_wide_letters_change_nothing(line: Line) -> None:
    assert meaning(line.text.translate(WIDE)) == meaning(line.text)


@given(some_line, st.sampled_from(SCRIPTS))
def test_digits_of_another_script_change_nothing(line: Line, digits: str) -> None:
    assert meaning(line.text.translate(str.maketrans(string.digits, digits))) == meaning(line.text)


@given(some_line, st.sampled_from([".", "..", " …", "!", "  ", "\n"]))
def test_what_trails_behind_changes_nothing(line: Line, tail: str) -> None:
    assert meaning(line.text + tail) == meaning(line.text)


@given(some_line, st.sampled_from(["\u200b", "\u200d", "\u200f", "\u00ad", "\ufeff"]))
def test_invisible_marks_change_nothing(line: Line, mark: str) -> None:
    assert meaning(mark.join(line.text)) == meaning(line.text)


@pytest.mark.parametrize(
    "order", list(itertools.permutations(["Egypt", "Luxor", "1 dec - 9 dec", "2 people"]))
)
def test_the_parts_of_a_registration_come_in_any_order(order: tuple[str, ...]) -> None:
    wanted = Reading(Intent.REGISTER, "EG", "Luxor", date(2026, 12, 1), date(2026, 12, 9), 2, "en")
    assert meaning("reg " + ", ".join(order)) == wanted


RESERVED = ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"]


@pytest.mark.parametrize("hint", tags())
@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_word_stops_in_every_language(word: str, hint: str) -> None:
    for text in (word, word.lower(), f"{word}.", f"{word.title()}. Thank you"):
        assert understand(text, (hint,), TODAY).intent is Intent.STOP


@pytest.mark.parametrize(
    ("word", "intent"),
    [
        ("START", Intent.START),
        ("UNSTOP", Intent.START),
        ("HELP", Intent.HELP),
        ("INFO", Intent.HELP),
        ("?", Intent.HELP),
    ],
)
def test_the_other_reserved_words_keep_their_meaning(word: str, intent: Intent) -> None:
    assert {understand(word, (hint,), TODAY).intent for hint in tags()} == {intent}


@pytest.mark.parametrize("intent", [Intent.STOP, Intent.HELP, Intent.NEED_HELP])
@pytest.mark.parametrize("tag", tags())
def test_no_word_that_matters_is_shadowed_by_another(tag: str, intent: Intent) -> None:
    phrases = [
        phrase
        for phrase, entry in entries(tag, read(tag))
        if entry.sense is intent
        and entry.mode in {Mode.ANYWHERE, Mode.ALONE}
        and not set("{*.") & set(phrase)
    ]
    shadowed = {p: got for p in phrases if (got := understand(p, (tag,), TODAY).intent) is not intent}
    assert phrases
    assert shadowed == {}


@pytest.mark.parametrize("digit", ["1", "2", "3", "٢", "１"])
def test_a_bare_digit_belongs_to_the_dialogue(digit: str) -> None:
    assert meaning(digit) == Reading(Intent.UNKNOWN)


@pytest.mark.parametrize("name", ["Tripoli", "طرابلس"])
def test_a_name_of_two_great_cities_is_asked_about(name: str) -> None:
    reading = meaning(name)
    assert reading.question is not None
    assert reading.question.about is About.PLACE
    assert reading.question.options == (Place("LY", "Tripoli"), Place("LB", "Tripoli"))


@pytest.mark.parametrize(
    ("text", "hint", "intent"),
    [
        ("fine", "it", Intent.END),
        ("fine", "en", Intent.SAFE),
        ("fine", "ku", Intent.UNKNOWN),
        ("non sto bene", "ar", Intent.NEED_HELP),
        ("stop", "it", Intent.STOP),
        ("sto bene", "ar", Intent.SAFE),
    ],
)
def test_a_hint_settles_what_the_text_leaves_open_but_filters_nothing(
    text: str, hint: str, intent: Intent
) -> None:
    assert understand(text, (hint,), TODAY).intent is intent


def test_month_first_is_the_habit_of_american_english_alone() -> None:
    assert understand("reg egypt 1/12 3/12", ("en-US",), TODAY).start == date(2027, 1, 12)
    assert meaning("reg egypt 1/12 3/12").start == date(2026, 12, 1)


def test_an_explanation_shows_where_place_dates_and_doubts_come_from() -> None:
    told = explain("reg Tripoli 8/12 25/11", (), TODAY)
    assert (told.place, told.dates) == (("tripoli",), ("8/12", "25/11"))
    slips = explain("we are nott safe", (), TODAY).slips
    assert [slip for slip in slips if slip.startswith("'nott'") and "en" in slip] == list(slips)
    assert slips


def test_an_explanation_names_the_words_it_rests_on() -> None:
    assert explain("no estoy bien", (), TODAY).because == ("'estoy bien' = safe [es]", "'no' = negation [es]")


@settings(max_examples=30)
@given(st.sampled_from([line for line in LINES if line.meaning.startswith("need_help")]), some_line)
def test_help_beats_whatever_is_said_beside_it(call: Line, other: Line) -> None:
    assert meaning(f"{call.text}. {other.text}").intent is not Intent.SAFE


@pytest.mark.parametrize(
    "text",
    [
        "ተጎድተናል ሀኪም የለም",
        "ټپي یو ډاکټر نشته",
        "em di bin kavilan de ne",
        "zarok birçî ne",
        "yaralıyız doktor yok",
        "घायल हैं डॉक्टर नहीं",
    ],
)
def test_a_denial_behind_a_danger_is_not_always_the_dangers_own(text: str) -> None:
    assert meaning(text).intent is Intent.NEED_HELP


@pytest.mark.parametrize("text", ["yaralı kimse yok", "kes birîndar nîne", "څوک ټپي نه دي", "የተጎዳ ሰው የለም"])
def test_a_danger_denied_at_once_is_none(text: str) -> None:
    assert meaning(text).intent is Intent.SAFE


def test_a_capital_is_no_country_because_one_language_calls_the_country_so() -> None:
    assert meaning("embassy of Italy in Tunis").city == "Tunis"


def test_a_danger_that_was_guessed_reassures_nobody_when_denied() -> None:
    assert meaning("no injuries").intent is Intent.SAFE
    assert meaning("asaneepi naha").intent is not Intent.SAFE  # "not well" or "not ill": nobody can tell


def test_friends_whom_nobody_counted_are_asked_about() -> None:
    assert meaning("reg egypt 1-5 dec with friends").question == Question(About.PARTY)
    assert meaning("reg egypt 1-5 dec with 3 friends").party == 4


@pytest.mark.parametrize("words_before", [10, 70, 130, 200])
@pytest.mark.parametrize("cry", ["SOS", "we are trapped", "siamo sotto le macerie", "tumekwama"])
def test_a_call_for_help_is_found_wherever_it_stands(cry: str, words_before: int) -> None:
    story = ("we had such lovely weather all day long " * 40).split()
    text = " ".join([*story[:words_before], cry, *story[:40]])
    assert len(text) < 1600
    assert meaning(text).intent is Intent.NEED_HELP
