"""Conversations written down as a phone shows them: `> ` is what the person texts, the rest is our answer.

A transcript is played from its own `> ` lines; what comes back must be the same to the letter. After a wanted
change `pytest --update-snapshots` writes the files anew, and their diff is the new text to review.
"""

from pathlib import Path
from typing import Final

from tests.phone import Phone

FOLDER: Final = Path(__file__).parent / "snapshots"
SILENCE: Final = "(silence)"
_MINE: Final = "> "


def read(story: str, tag: str) -> str:
    """The transcript of a story in one language, as it is kept."""
    return (FOLDER / story / f"{tag}.txt").read_text("utf-8")


def write(story: str, tag: str, transcript: str) -> None:
    """Keep a transcript as it is now played."""
    path = FOLDER / story / f"{tag}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(transcript, "utf-8")


def played(phone: Phone, transcript: str) -> str:
    """The transcript that comes of texting its own lines again."""
    said = [line.removeprefix(_MINE) for line in transcript.splitlines() if line.startswith(_MINE)]
    return "\n\n".join(f"{_MINE}{text}\n{phone.texts(text) or SILENCE}" for text in said) + "\n"


def answers(transcript: str) -> list[str]:
    """What we say in a transcript, silence left out."""
    blocks = transcript.rstrip("\n").split("\n\n")
    said = [block.partition("\n")[2] for block in blocks]
    return [words for words in said if words != SILENCE]
