"""What speaks for one intent or another in a text: the carriers' words, a lone phrase, denials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from core.intents.dates import Dates
from core.intents.keywords import DENIALS, Mode, Sense
from core.intents.matching import Found, Match
from core.intents.reading import Intent, Place
from core.intents.text import Kind, Token

QUESTION_MARKS: Final = frozenset("?؟？՞፧")
RESERVED: Final = {
    **dict.fromkeys(
        ("stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"), Intent.STOP
    ),
    **dict.fromkeys(("start", "unstop", "yes"), Intent.START),
    **dict.fromkeys(("help", "info"), Intent.HELP),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The intent, the phrases it rests on, and whether one of them was mistyped."""

    intent: Intent
    because: tuple[Match, ...] = ()
    typo: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that speaks for one intent or another in a text."""

    found: Found
    place: Place | None
    dates: Dates
    has_link: bool
    languages: Sequence[str]  # those the text is likely written in
    other_words: int  # words that are neither polite nor part of a place or date
    denials: Sequence[Match] = ()  # in every language, whatever else the same words may be
    endings: Sequence[Match] = ()  # the same, those within a phrase that reassures among them
    safety: Sequence[Match] = ()  # the words of safety of every language, settled or not
    own_words: frozenset[int] = field(
        default_factory=frozenset
    )  # tokens that the text's language has a word for
    mistyped: Mapping[int, set[str]] = field(
        default_factory=dict
    )  # words that may be a mistyped denial, of which languages
    named: frozenset[int] = field(default_factory=frozenset)  # tokens that name the place or a date
    proof: Sequence[Match] = ()  # what may clear a danger: see core.intents.clearing
    spoken: frozenset[str] = frozenset()  # languages that have words of their own in the text
    party_told: bool = False  # words say how many travel
    left: bool | None = None  # somebody left a place: True where no other is named, None where none was left


def because(intent: Intent, matches: Sequence[Match]) -> Decision:
    """The decision for this intent, which rests on these phrases."""
    return Decision(intent, tuple(matches), bool(matches) and all(m.typo for m in matches))


def reserved(tokens: Sequence[Token], polite: frozenset[int]) -> Intent | None:
    """What the carriers make of a text that is one of their words and nothing else but courtesy."""
    said = [t.text for t in tokens if t.kind is not Kind.MARK]
    words = {t.text for at, t in enumerate(tokens) if t.kind is not Kind.MARK and at not in polite}
    if said:
        intent = RESERVED.get(words.pop()) if len(words) == 1 else None
        return intent if intent is Intent.STOP or len(set(said)) == 1 else None
    return Intent.HELP if any(token.text in QUESTION_MARKS for token in tokens) else None


def alone(tokens: Sequence[Token], matches: Sequence[Match], hints: Sequence[str]) -> Decision | None:
    """The intent of a text that is one phrase and courtesy. Languages that disagree cancel out.

    An emergency contact is no emergency, with a number or without.
    """
    courtesy = polite_tokens(matches)
    said = [at for at, t in enumerate(tokens) if t.kind is not Kind.MARK]
    if contact := named_contact(tokens, matches):
        return Decision(Intent.UNKNOWN, tuple(contact))
    spans = [said, [at for at in said if at not in courtesy]]
    whole = next(
        (found for words in spans if words and (found := _spanning(matches, words[0], words[-1] + 1))), []
    )
    exact = [m for m in whole if m.entry.exact and not m.typo] or whole
    if not exact:
        return None
    hinted = [tag for tag in hints if any(m.entry.tag == tag for m in exact)]
    intents = {m.entry.sense for m in exact if not hinted or m.entry.tag == hinted[0]}
    asking = any(token.text in QUESTION_MARKS for token in tokens)
    if exact[0].typo and intents != {Intent.NEED_HELP} and _is_otherwise(matches, exact[0]):
        return Decision(Intent.UNKNOWN, tuple(exact))
    if Intent.NEED_HELP in intents:
        chosen: object = Intent.NEED_HELP
    elif len(intents) == 1:
        chosen = next(iter(intents))
    else:
        return Decision(Intent.UNKNOWN, tuple(exact))
    if chosen is Intent.SAFE and asking:
        return Decision(Intent.UNKNOWN, tuple(exact))
    return Decision(Intent(str(chosen)), tuple(exact), exact[0].typo)


def named_contact(tokens: Sequence[Token], matches: Sequence[Match]) -> list[Match]:
    """The words for an emergency contact, where the text has no others: alone, or beside a number."""
    courtesy = polite_tokens(matches)
    words = [at for at, t in enumerate(tokens) if t.kind is Kind.WORD and at not in courtesy]
    contact = [m for m in matches if m.entry.sense is Sense.CONTACT and not m.typo]
    whole = bool(words) and any((m.start, m.end) == (words[0], words[-1] + 1) for m in contact)
    return contact if whole else []


def _is_otherwise(matches: Sequence[Match], mistyped: Match) -> bool:
    """Whether the same letters may as well be another word mistyped: nothing follows from such a one."""
    return any(
        (m.start, m.end) == (mistyped.start, mistyped.end) and not isinstance(m.entry.sense, Intent)
        for m in matches
    )


def _spanning(matches: Sequence[Match], start: int, end: int) -> list[Match]:
    """The phrases that fill the text between two tokens and need nothing beside them."""
    return [
        m
        for m in matches
        if isinstance(m.entry.sense, Intent)
        and (m.start, m.end, m.place) == (start, end, -1)
        and (m.entry.mode in {Mode.ANYWHERE, Mode.OTHERWISE} or (m.entry.mode is Mode.ALONE and not m.typo))
    ]


def denials(every: Sequence[Match], settled: Sequence[Match], language: str | None) -> list[Match]:
    """Every "not" of every language but those that reassure ("don't worry", "no injuries").

    Only a phrase of the "not"'s own language, or of the text's, takes its sting away: "safe na" is Filipino,
    but in Bengali it is a denial.
    """
    harmless = [m for m in settled if m.entry.sense in {Sense.REASSURING, Intent.SAFE}]
    return [
        m
        for m in every
        if m.entry.sense in DENIALS
        and not any(
            h.start <= m.start
            and m.end <= h.end
            and h.end - h.start > m.end - m.start
            and h.entry.tag in {m.entry.tag, language}
            for h in harmless
        )
    ]


def polite_tokens(matches: Sequence[Match]) -> frozenset[int]:
    """The tokens of please, thank you and good morning."""
    return frozenset(at for m in matches if m.entry.sense is Sense.POLITE for at in range(m.start, m.end))
