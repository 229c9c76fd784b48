"""Every slip of the finger that a word may suffer, and which of them leave another word of its language."""

import random
from collections.abc import Iterator, Sequence
from functools import cache

from core.intents.keywords import Sense, entries, read
from core.intents.phrasebook import elements
from core.intents.segmentation import segmented
from core.intents.text import Kind, fold, normalise, script_runs
from core.intents.vocabulary import vocabulary
from tests.core.intents.corpus import lines


def slips(word: str, letters: Sequence[str]) -> Iterator[str]:
    """The word with one letter left out, typed twice, swapped with the next or replaced by two others."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[: at + 1] + word[at:]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        for letter in random.Random(f"{word} {at}").sample(letters, 2):
            yield word[:at] + letter + word[at + 1 :]


def slipped_calls(tag: str, most: int) -> Iterator[str]:
    """Each call for help of the corpus with one word mistyped, at most so many of each call.

    Not where the slip is another word or none at all, or where the text becomes one of another
    language: "not ok" and "noi ok".
    """
    letters = sorted({c for line in lines(tag) for c in line.text.casefold() if c.isalpha()})
    known = _words_of(tag)
    for line in lines(tag):
        if line.meaning.startswith("need_help"):
            words = line.text.split()
            wrong = [
                (at, slip)
                for at, word in enumerate(words)
                if len(word) > 1
                for slip in dict.fromkeys(slips(word, letters))
                if slip != word
            ]
            for at, slip in random.Random(line.text).sample(wrong, min(most, len(wrong))):
                slipped = " ".join([*words[:at], slip, *words[at + 1 :]])
                if not is_known(slip, known) and not any(
                    is_known(slipped, _words_of(other)) for other in vocabulary().tags
                ):
                    yield slipped


def is_known(text: str, known: frozenset[str]) -> bool:
    """Whether the text is made of these words and nothing else."""
    tokens = segmented(script_runs(normalise(text)), vocabulary())
    return all(token.text in known for token in tokens if token.kind is Kind.WORD)


@cache
def _words_of(tag: str) -> frozenset[str]:
    """The words of a language, with and without accents, and the courtesies of every other."""
    own = {word for phrase, _ in entries(tag, read(tag)) for word in elements(phrase)}
    polite = {word for phrase in _courtesies() for word in elements(phrase)}
    return frozenset(own | set(map(fold, own)) | polite)


@cache
def _courtesies() -> frozenset[str]:
    return frozenset(
        phrase
        for tag in vocabulary().tags
        for phrase, entry in entries(tag, read(tag))
        if entry.sense is Sense.POLITE
    )
