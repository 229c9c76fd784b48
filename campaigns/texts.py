"""A campaign's words as they leave: in which language for whom, with what is added, and what they cost."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import pgettext

from campaigns.models import Campaign
from channels_sms import render, segments
from core import languages


@dataclass(frozen=True, slots=True)
class Wording:
    """What people of one language get. `source` is the language of the text: another one is a fallback."""

    language: str
    source: str
    body: str = field(repr=False)
    encoding: str
    segments: int

    @property
    def is_fallback(self) -> bool:
        """Whether the campaign has no text in that language."""
        return self.language != self.source


class Wordings:
    """The campaign's texts, or others of it, asked by language; reads the database once."""

    def __init__(self, campaign: Campaign, texts: Mapping[str, str] | None = None) -> None:
        self._texts = dict(campaign.texts.values_list("language", "text")) if texts is None else texts
        self._drill = campaign.drill
        self._acknowledge = texts is None and asks_to_be_read(campaign)
        self._known: dict[str, Wording] = {}

    @property
    def complete(self) -> bool:
        """Whether everybody gets something: the default language has a text."""
        return bool(self._texts.get(_last_resort(), "").strip())

    @property
    def dearest(self) -> int:
        """The segments of the longest text."""
        return max((self.of(language).segments for language in self._texts), default=1)

    def of(self, language: str) -> Wording:
        """What people of that language get: its text, its declared fallback's, or the default language's.

        Raises KeyError when the campaign is not `complete` and has nothing for them.
        """
        if language not in self._known:
            source = next((tag for tag in _sources(language) if self._texts.get(tag)), _last_resort())
            body = render.as_letters(self._marked(self._texts[source], source))
            cost = segments.count(body)
            self._known[language] = Wording(
                language, source, body, encoding=cost.encoding, segments=max(1, cost.segments)
            )
        return self._known[language]

    def aloud(self, language: str) -> Iterator[tuple[str, str]]:
        """The texts for people of that language with the language of each, the best first, to be said."""
        for tag in dict.fromkeys(_sources(language)):
            if text := self._texts.get(tag):
                with languages.speaking(tag):
                    yield tag, as_drill(text) if self._drill else text

    def _marked(self, text: str, language: str) -> str:
        with languages.speaking(language):
            words = _to_be_read(text) if self._acknowledge else text
            return as_drill(words) if self._drill else words


def asks_to_be_read(campaign: Campaign) -> bool:
    """Whether it wants nothing but a sign that it was read; a check-in wants more."""
    return campaign.acknowledge and campaign.kind == Campaign.Kind.ALERT


def _to_be_read(text: str) -> str:
    """The words of an alert that asks for a sign that it was read, in the active language."""
    # Translators: ends a message that tells something and asks nothing else. Short: it is added to the
    # officers' own words. The digit stays 4.
    return pgettext("sms", "%(text)s Reply 4 when you have read this.") % {"text": text}


def as_drill(text: str) -> str:
    """The words of a drill, in the active language."""
    # Translators: starts and ends every text of a drill, so that nobody takes it for the real thing.
    # It is added to the officers' own words: keep it to one short word, the same twice.
    return pgettext("sms", "DRILL. %(text)s (DRILL)") % {"text": text}


def _sources(language: str) -> Sequence[str]:
    """The languages whose text will do, the best first."""
    tags = [language, language.partition("-")[0]]
    with contextlib.suppress(KeyError):  # a language we no longer speak has no declared fallback
        tags.append(languages.language(language).fallback)
    return [*tags, _last_resort()]


def _last_resort() -> str:
    default: str = settings.DEFAULT_LANGUAGE
    return default
