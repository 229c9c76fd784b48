"""Finds the words in writing that has no spaces, or glues its particles to words as Korean does.

The words are those of `locale/*/keywords.toml` and the names of the gazetteer; nothing here knows a language.
"""

from collections.abc import Sequence
from typing import Final

from core.intents.text import Kind, Token, fold, is_unspaced, syllables
from core.intents.vocabulary import Vocabulary

# What a cutting costs: letters that nobody knows are dearest, and one known letter may be a coincidence.
_WORD: Final = 2
_LETTER: Final = 3
_UNKNOWN: Final = 4


def segmented(tokens: Sequence[Token], vocabulary: Vocabulary) -> list[Token]:
    """The tokens with runs of unspaced script cut into known words and names, and what lies between them."""
    cut: list[Token] = []
    for token in tokens:
        if token.kind is Kind.WORD and is_unspaced(token.text):
            cut += _cut(token, vocabulary)
        else:
            cut.append(token)
    return cut


def _cut(token: Token, vocabulary: Vocabulary) -> list[Token]:
    at, parts = 0, []
    for part in _cheapest(token.text, vocabulary):
        glued = token.glued if at == 0 else True
        parts.append(Token(Kind.WORD, part, fold(part), glued, token.clause))
        at += len(part)
    return parts


def _cheapest(run: str, vocabulary: Vocabulary) -> list[str]:
    """The cutting that leaves the fewest letters unknown, then the fewest words, then the longest first."""
    ends = syllables(run)
    following = dict(zip([0, *ends], ends, strict=False))
    allowed = set(ends)
    cost = {len(run): 0}
    chosen: dict[int, tuple[int, bool]] = {}
    for start in sorted(following, reverse=True):
        end = following[start]
        cost[start], chosen[start] = cost[end] + _UNKNOWN, (end, False)
        for end in _known_ends(run, start, vocabulary):
            if end in allowed:
                price = cost[end] + (_WORD if end > following[start] else _LETTER)
                if price <= cost[start]:
                    cost[start], chosen[start] = price, (end, True)
    return _parts(run, chosen)


def _parts(run: str, chosen: dict[int, tuple[int, bool]]) -> list[str]:
    """The words of a cutting, neighbouring unknown letters as one."""
    parts: list[str] = []
    at, unknown = 0, False
    while at < len(run):
        end, known = chosen[at]
        if unknown and not known:
            parts[-1] += run[at:end]
        else:
            parts.append(run[at:end])
        at, unknown = end, not known
    return parts


def _known_ends(run: str, at: int, vocabulary: Vocabulary) -> list[int]:
    """Where the known words and names that begin here end, the shortest first."""
    opening = run[at : at + 2]
    longest_word = vocabulary.openings.get(opening, 0)
    longest_name = vocabulary.gazetteer.openings.get(fold(opening), 0)
    found = [at + 1] if run[at] in vocabulary.unspaced else []
    for size in range(2, min(max(longest_word, longest_name), len(run) - at) + 1):
        part = run[at : at + size]
        if part in vocabulary.unspaced or (
            size <= longest_name and vocabulary.gazetteer.named(fold(part)) is not None
        ):
            found.append(at + size)
    return found
