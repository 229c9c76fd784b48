"""An official alert, said to an officer: what was understood, what was not, what they decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext, pgettext_lazy

from campaigns.cap.alert import Info, MsgType
from campaigns.cap.areas import Found
from campaigns.cap.intake import Open, Understood
from campaigns.cap.reading import BadLine, Wrong
from console import names
from core import languages

BAD_LINES: Final[Mapping[Wrong, str | Promise]] = {
    Wrong.UNREADABLE: pgettext_lazy("console", "this is not a CAP 1.2 alert, or it is larger than 512 kB"),
    Wrong.HOSTILE: pgettext_lazy("console", "the file names other files or entities, as attacks do"),
    # Translators: %(element)s is a technical name such as "scope"; it stays as it is.
    Wrong.MISSING: pgettext_lazy("console", "%(element)s is missing"),
    # Translators: %(element)s is a technical name such as "scope"; it stays as it is.
    Wrong.VALUE: pgettext_lazy("console", "what %(element)s says is not CAP 1.2"),
    # Translators: %(element)s is a technical name such as "status"; it stays as it is.
    Wrong.UNUSED: pgettext_lazy("console", "alerts of this kind are not used (%(element)s)"),
    Wrong.CHANGED: pgettext_lazy("console", "an alert of the same name and other content is kept already"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """What people would read: `language` is a tag of ours."""

    language: str
    body: str


def bad_lines(bad: Sequence[BadLine]) -> Sequence[tuple[int, str]]:
    """Each bad line with its reason in words."""
    return [(one.line, str(BAD_LINES[one.reason]) % {"element": one.element}) for one in bad]


def whereabouts(found: Sequence[Found]) -> Iterator[tuple[str, bool]]:
    """Where each area is for us; whether it is on our map."""
    reader = get_language() or "en"
    for one in found:
        said = {
            "area": one.area,
            "countries": ", ".join(names.country(code, reader) for code in one.countries),
        }
        if not one.countries:
            yield pgettext("console", "%(area)s: not on our map. Choose its countries below.") % said, False
        elif one.near:
            city = names.city(one.near.country, one.near.city, reader)
            words = pgettext("console", "%(area)s: within %(km)d km of %(city)s")
            yield words % {**said, "km": one.near.km, "city": city}, True
        else:
            yield pgettext("console", "%(area)s: everywhere in %(countries)s") % said, True


def taken_back(superseded: bool) -> Sequence[str]:  # noqa: FBT001 - the condition
    """That the authority has said something else since; nothing when it has not."""
    if not superseded:
        return []
    said = pgettext(
        "console",
        "The authority has updated or withdrawn this official alert since. Read what it says now before "
        "anything is sent.",
    )
    return [said]


def remarks(understood: Understood) -> Iterator[str]:
    """What an officer has to know before opening the draft, the weightiest first."""
    proposal, alert = understood.proposal, understood.alert
    reader = get_language() or "en"
    if not proposal.public:
        said = pgettext("console", "It is not public: %(restriction)s")
        yield said % {"restriction": alert.restriction or alert.scope.value}
    if proposal.over:
        yield pgettext("console", "It has expired.")
    if proposal.grave:
        yield pgettext(
            "console",
            "By its own words lives are in danger now. Decide in the draft whether lives depend on it.",
        )
    if proposal.drill:
        yield pgettext("console", "It is an exercise or a test: the draft is a drill.")
    yield from _about_earlier(understood)
    if proposal.unspoken:
        said = pgettext("console", "Languages that we do not speak: %(languages)s")
        yield said % {"languages": ", ".join(proposal.unspoken)}
    if proposal.shortened:
        spoken = ", ".join(names.language(tag, reader) for tag in proposal.shortened)
        yield pgettext("console", "Shortened, so read it again: %(languages)s") % {"languages": spoken}
    if alert.ignored:
        said = pgettext("console", "Parts of the file that nobody read: %(parts)s")
        yield said % {"parts": ", ".join(alert.ignored)}


def texts(understood: Understood) -> Sequence[Text]:
    """The texts in the order of our languages."""
    order = [language.tag for language in languages.languages()]
    said = sorted(understood.proposal.texts.items(), key=lambda pair: order.index(pair[0]))
    return [Text(tag, body) for tag, body in said]


def codes(understood: Understood) -> str:
    """The alert's own code words, as they stand in it."""
    alert = understood.alert
    first: Sequence[Info] = alert.infos[:1]
    scales = [word for info in first for word in (info.urgency, info.severity, info.certainty)]
    return " · ".join([alert.status, alert.msg_type, alert.scope, *scales])


def _about_earlier(understood: Understood) -> Iterator[str]:
    withdraws = understood.alert.msg_type is MsgType.CANCEL
    if understood.alert.references and understood.earlier is None:
        yield pgettext("console", "It refers to an alert that we do not have.")
    earlier = understood.earlier.campaign if understood.earlier else None
    if withdraws and earlier is not None and earlier.launched_at is None:
        yield pgettext(
            "console",
            "It withdraws the alert behind the campaign below, which has not been sent: do not send it.",
        )
    elif withdraws and earlier is None:
        yield pgettext("console", "It withdraws nothing that we sent, so there is nothing to do.")
    elif withdraws:
        yield pgettext(
            "console",
            "It withdraws the campaign below. If ours was an error, correct it there; otherwise the draft is "
            "the all-clear.",
        )
    elif earlier is not None:
        yield pgettext("console", "It updates the campaign below.")


def hopeless(understood: Understood, still: Sequence[Open]) -> bool:
    """Whether nothing that an officer decides makes a draft of it."""
    return understood.is_too_late or Open.NOTHING_EARLIER in still
