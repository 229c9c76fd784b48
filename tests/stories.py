"""Stories that are the same in every language: what a person texts is made of the language's own words.

A language has them from the moment it has a catalog. A transcript is kept in `tests/snapshots` once somebody
has read it: `pytest tests/flows/test_stories.py --update-snapshots` writes them.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from config.catalogs import SOURCE_LANGUAGE, Texts
from core import places
from core.dialogues import retrace
from core.dialogues.retrace import Way
from core.intents.keywords import read, strings, table
from core.languages import speaking
from tests.transcripts import EVENT

CHECK_IN: Final = f"{EVENT}check-in"
"""What happens to the phone in the middle of a story: it is asked whether its owner is safe."""

TRAVELLERS: Final = frozenset({"parking", "help"})
"""Stories of somebody who is registered and in Libya; the others begin with an unknown phone."""

STORIES: Final[Mapping[str, Sequence[str]]] = {
    # A check-in comes in the middle of a registration, and another before one.
    "parking": [
        "{register} {japan}",
        CHECK_IN,
        "1",
        "3/1 9/1",
        CHECK_IN,
        "{register} {egypt}",
        "10/1 12/1",
        "3",
    ],
    # Help first; the registration waits until the person goes back to it.
    "help": ["{register} {japan}", CHECK_IN, "2", "Corinthia Hotel", "{on}", "3/1 9/1"],
    "start-over": ["{register} {libya}", "{over}", "{egypt}", "25/11 8/12", "{back}", "26/11 9/12", "1"],
    # Nobody can read it: twice more the question, then a person, then silence.
    "misses": ["{register} {libya}", "qwrtp", "zxcvb", "mnbvc", "plkjh", "25/11 8/12", "qwrtp", "0"],
}


def tags() -> tuple[str, ...]:
    """Every language that has its texts."""
    texts = Texts()
    return (SOURCE_LANGUAGE, *(tag for tag in texts.languages() if texts.po(tag).exists()))


def script(story: str, tag: str) -> str:
    """The lines of a story in a language: `> ` what the person texts, `* ` what happens."""
    words = _words(tag)
    lines = [line.format(**words) for line in STORIES[story]]
    return "\n".join(line if line.startswith(EVENT) else f"> {line}" for line in lines)


def _words(tag: str) -> Mapping[str, str]:
    with speaking(tag):
        ways = {way: retrace.COMMA.split(words)[0].strip() for way, words in retrace.told()}
    return {
        "register": strings(table(read(tag).get("register")).get("anywhere"))[0],
        "libya": _place("LY", "Tripoli", tag),
        "egypt": _place("EG", "Cairo", tag),
        "japan": _place("JP", "Osaka", tag),
        "over": ways[Way.OVER],
        "back": ways[Way.BACK],
        "on": ways[Way.ON],
    }


def _place(country: str, city: str, tag: str) -> str:
    return f"{places.name_of_country(country, tag)} {places.name_of_city(country, city, tag)}"
