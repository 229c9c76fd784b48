"""Conversations written down as a phone shows them: `> ` is what the person texts, the rest is our answer.

A line `* check-in` is something that happens to the phone. A transcript is played from its own `> ` and `* `
lines; what comes back must be the same to the letter. After a wanted change `pytest --update-snapshots`
writes the files anew, and their diff is the new text to review.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.phone import Phone

FOLDER: Final = Path(__file__).parent / "snapshots"
SILENCE: Final = "(silence)"
EVENT: Final = "* "
_MINE: Final = "> "


def path(story: str, tag: str) -> Path:
    """Where the transcript of a story in one language is kept."""
    return FOLDER / story / f"{tag}.txt"


def tags(story: str) -> list[str]:
    """The languages in which somebody has read this story."""
    return sorted(kept.stem for kept in (FOLDER / story).glob("*.txt"))


def read(story: str, tag: str) -> str:
    """The transcript of a story in one language, as it is kept."""
    return path(story, tag).read_text("utf-8")


def write(story: str, tag: str, transcript: str) -> None:
    """Keep a transcript as it is now played."""
    kept = path(story, tag)
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(transcript, "utf-8")


def played(phone: Phone, transcript: str, happens: Mapping[str, Callable[[], object]] | None = None) -> str:
    """The transcript that comes of its own lines, played again; `happens` does what a `* ` line says."""
    blocks = []
    for line in transcript.splitlines():
        if line.startswith(EVENT):
            (happens or {})[line]()
            blocks.append(line)
        elif line.startswith(_MINE):
            blocks.append(f"{line}\n{phone.texts(line.removeprefix(_MINE)) or SILENCE}")
    return "\n\n".join(blocks) + "\n"


def answers(transcript: str) -> list[str]:
    """What we say in a transcript, silence left out."""
    return [words for words in said(transcript) if words != SILENCE]


def said(transcript: str) -> list[str]:
    """Our answer to each text of a transcript, silence included."""
    blocks = transcript.rstrip("\n").split("\n\n")
    return [block.partition("\n")[2] for block in blocks if not block.startswith(EVENT)]
