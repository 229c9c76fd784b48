"""Finds the words in writing that has no spaces, or glues its particles to words as Korean does.

The words are those of `locale/*/keywords.toml` and the names of the gazetteer; nothing here knows a language.
Folding changes nothing in these scripts.
"""

from collections.abc import Sequence
from typing import Final

from core.intents.text import Kind, Token, is_unspaced, syllables
from core.intents.vocabulary import Vocabulary

# What a cutting costs: letters that nobody knows are dearest, and one known letter may be a coincidence.
_WORD: Final = 2
_LETTER: Final = 3
_UNKNOWN: Final = 4
_NOWHERE: Final = -1  # within a letter and its signs


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
    if len(token.text) == 1 or token.text in vocabulary.unspaced:  # no cutting costs less than one word
        return [token]
    parts = _cheapest(token.text, vocabulary)
    rest = [Token(Kind.WORD, part, part, True, token.clause) for part in parts[1:]]
    return [token._replace(text=parts[0], fold=parts[0]), *rest]


def _cheapest(run: str, vocabulary: Vocabulary) -> list[str]:
    """The cutting that leaves the fewest letters unknown, then the fewest words, then the longest first."""
    known, openings = vocabulary.unspaced, vocabulary.openings
    ends = syllables(run)
    if len(ends) == 1:
        return [run]
    cost = [_NOWHERE] * len(run) + [0]
    chosen: dict[int, tuple[int, bool]] = {}
    for start, end in zip(reversed([0, *ends[:-1]]), reversed(ends), strict=True):
        cost[start], chosen[start] = cost[end] + _UNKNOWN, (end, False)
        for size in (1, *openings.get(run[start : start + 2], ())):
            there = start + size
            if there <= len(run) and cost[there] != _NOWHERE and run[start:there] in known:
                price = cost[there] + (_WORD if there > end else _LETTER)
                if price <= cost[start]:
                    cost[start], chosen[start] = price, (there, True)
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
