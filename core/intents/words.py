"""Words and how near they are to each other."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

LONGEST: Final = 40  # letters of a word


def digest(word: str) -> int:
    """64 bits that name a word, the same in every process."""
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def deletions(word: str) -> list[str]:
    """The word without one of its letters: words one edit apart share one of these.

    None of what is too long to be a word.
    """
    return [] if len(word) > LONGEST else [word[:i] + word[i + 1 :] for i in range(len(word))]


def one_edit_apart(one: str, other: str) -> bool:
    """Whether one letter added, left out, changed or swapped turns one word into the other."""
    if one == other:
        return False
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    first = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[first:] == other[first + 1 :]
    swapped = one[first : first + 2] == other[first : first + 2][::-1]
    return one[first + 1 :] == other[first + 1 :] or (swapped and one[first + 2 :] == other[first + 2 :])


def openings(words: Iterable[str]) -> dict[str, list[int]]:
    """The first two letters of words, and how long the words that open so are, the shortest first."""
    sizes: dict[str, set[int]] = {}
    for word in words:
        if len(word) > 1:
            sizes.setdefault(word[:2], set()).add(len(word))
    return {opening: sorted(found) for opening, found in sizes.items()}
