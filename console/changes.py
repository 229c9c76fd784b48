"""The edits of a draft in the reader's words: what stood there, and what stands there now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext, pgettext_lazy

from campaigns import versions
from campaigns.audience import Audience
from campaigns.ladder import Ladder, Step
from campaigns.models import Campaign
from campaigns.templates import Template
from campaigns.versions import CORRECTION, TEXT, Change
from console import moments, names, words

FIELDS: Final[Mapping[str, str | Promise]] = {
    "title": pgettext_lazy("console", "What happened, and where"),
    "kind": pgettext_lazy("console", "What do you want from them?"),
    "acknowledge": pgettext_lazy("console", "Has read it"),
    "drill": pgettext_lazy("console", "This is a drill"),
    "urgency": pgettext_lazy("console", "How urgent is it?"),
    "template": pgettext_lazy("console", "Begin with a template"),
    versions.AUDIENCE: pgettext_lazy("console", "Who gets it"),
    "present": pgettext_lazy("console", "How many of our people are there in all, by your estimate"),
    "present_source": pgettext_lazy("console", "Where this figure is from"),
    versions.NOT_AFTER: pgettext_lazy("console", "Nothing is sent after"),
    "ladder": pgettext_lazy("console", "If somebody does not answer"),
}
"""What each field is called, in the words of the page on which it is written."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One field; `tag` is the language of both states where they are a text for people, else ''."""

    word: str
    before: str
    after: str
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """All that one officer changed in one go."""

    officer: str
    at: datetime
    changes: Sequence[Changed]


def history(campaign: Campaign) -> Sequence[Edited]:
    """Every edit, the latest first."""
    return [
        Edited(edit.officer, edit.at, [_changed(change) for change in edit.changes])
        for edit in versions.history(campaign)
    ]


def since_sent_back(campaign: Campaign) -> Sequence[Changed]:
    """What differs from what the approver sent back."""
    return [_changed(change) for change in versions.since_sent_back(campaign)]


def _changed(change: Change) -> Changed:
    if change.field.startswith(TEXT):
        tag = change.field.removeprefix(TEXT)
        word = pgettext("console", "Text in %(language)s")
        language = names.language(tag, get_language() or "en")
        return Changed(word % {"language": language}, str(change.before), str(change.after), tag)
    if change.field.startswith(CORRECTION):
        word = pgettext("console", "If it was an error")
        tag = change.field.removeprefix(CORRECTION)
        return Changed(word, str(change.before), str(change.after), tag)
    word = str(FIELDS.get(change.field, change.field))
    return Changed(word, _said(change.field, change.before), _said(change.field, change.after))


def _said(field: str, value: versions.Value) -> str:
    """One state of a field, as a sentence or word."""
    if field == versions.AUDIENCE and isinstance(value, Mapping):
        return Audience.from_json(value).in_words()
    if field == "ladder" and isinstance(value, list):
        return "\n".join(_rung(rung) for rung in Ladder.from_json(value).rungs[1:])
    if isinstance(value, bool):
        return "✓" if value else "–"
    if value in (None, ""):
        return ""
    return _SAID.get(field, str)(str(value))


def _moment(written: str) -> str:
    at, zone, tag = datetime.fromisoformat(written), names.home_zone(), get_language() or "en"
    return f"{moments.day(at, zone, tag)}, {moments.clock(at, zone, tag)}"


def _rung(rung: Step) -> str:
    waited = moments.duration(rung.wait.total_seconds(), get_language() or "en")
    after = pgettext("console", "After %(wait)s") % {"wait": waited}
    return f"{after}: {words.WAYS[rung.way]}"


_SAID: Final[Mapping[str, Callable[[str], str]]] = {
    "kind": lambda value: str(Campaign.Kind(value).label),
    "urgency": lambda value: str(Campaign.Urgency(int(value)).label),
    "template": lambda value: str(words.TEMPLATES[Template(value)]),
    versions.NOT_AFTER: _moment,
}
