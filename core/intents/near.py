"""Finds the words one edit away from a word, in tables of a compiled file: words so near share a deletion."""

from collections.abc import Iterable

from core.intents.compiled import find, hashed, numbered, numbers
from core.intents.words import LONGEST, deletions, digest, one_edit_apart


class Near:
    """The words of three sections, which `near_tables` made."""

    def __init__(self, table: memoryview, lists: memoryview, words: memoryview) -> None:
        """`table` leads from the digest of a word less a letter to a list of words."""
        self._table, self._lists, self._words = table.cast("Q"), lists, words

    def to(self, word: str) -> list[str]:
        """The known words one edit away, in alphabetical order; never the word itself."""
        found: set[str] = set()
        for shorter in {word, *deletions(word)}:
            offset = find(self._table, digest(shorter))
            if offset is not None:
                found.update(map(self._word, numbers(self._lists, offset)))
        return sorted(known for known in found if one_edit_apart(word, known))

    def _word(self, offset: int) -> str:
        return bytes(self._words[offset + 1 : offset + 1 + self._words[offset]]).decode()


def near_tables(words: Iterable[str], most: int) -> tuple[bytes, bytes, bytes]:
    """The sections of these words; `most` of them are kept of those that share a deletion."""
    known = bytearray()
    shorter: dict[int, list[int]] = {}
    for word in sorted(word for word in words if len(word) <= LONGEST):
        encoded = word.encode()
        for deletion in {word, *deletions(word)}:
            shorter.setdefault(digest(deletion), []).append(len(known))
        known += bytes([len(encoded)]) + encoded
    lists = bytearray()
    entries: list[tuple[int, int]] = []
    for name, offsets in sorted(shorter.items()):
        entries.append((name, len(lists)))
        lists += numbered(offsets[:most])
    return hashed(entries), bytes(lists), bytes(known)
