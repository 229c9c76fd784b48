"""What can be done with a campaign right now, and what it would do: said in numbers before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, npgettext, pgettext

from campaigns import following, pace
from campaigns.cap import intake
from campaigns.models import Campaign
from campaigns.preview import Preview
from campaigns.states import Move, allowed
from console import alerts, board, moments, names
from console.figures import spaced
from core.models import Officer
from core.officers import Permission


@dataclass(frozen=True, slots=True)
class Step:
    """A way on that a page offers."""

    url: str
    word: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """A way to end or withdraw what is out. `word` says for how many as things stand; `name` stays."""

    name: str
    url: str
    word: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What the page before a step says: its title, what will happen, and the button."""

    heading: str
    lines: Sequence[str]
    button: str
    destructive: bool = False
    counts: bool = True
    """Whether it says a number, which is true of its moment."""


def open_to(campaign: Campaign, officer: Officer) -> Sequence[Step]:
    """Every step forward that this officer can take with the campaign now, the usual one first."""
    steps = [step for step in _offers(campaign, officer) if step is not None]
    return sorted(steps, key=lambda step: not step.primary)


def undo(campaign: Campaign, officer: Officer) -> Sequence[Undo]:
    """How this officer can end or withdraw a launched campaign now; counted as it is asked."""
    found = []
    if allowed(campaign, Move.STOP, by=officer):
        found.append(Undo("stop", reverse("console:campaign-stop", args=[campaign.pk]), _stop(campaign)))
    if can_correct(campaign, officer):
        word = _tell(board.asked(campaign))
        found.append(Undo("correct", reverse("console:campaign-correct", args=[campaign.pk]), word))
    return found


def hint(campaign: Campaign, officer: Officer) -> str:
    """What the campaign waits for, when this officer cannot give it."""
    if campaign.state == Campaign.State.SUBMITTED and not allowed(campaign, Move.APPROVE, by=officer):
        return pgettext("console", "It waits for a second officer: an approver who had no hand in it.")
    if campaign.state == Campaign.State.APPROVED and not allowed(campaign, Move.LAUNCH, by=officer):
        return pgettext("console", "It is approved. An author or approver can send it now.")
    return ""


def can_correct(campaign: Campaign, officer: Officer) -> bool:
    """Whether the page offers the correction."""
    return (
        campaign.launched_at is not None
        and campaign.corrects_id is None
        and officer.may(Permission.STOP_CAMPAIGN)
        and not campaign.corrections.exists()
    )


def _offers(campaign: Campaign, officer: Officer) -> Sequence[Step | None]:
    def offer(move: Move, page: str, word: str, *, primary: bool = False) -> Step | None:
        if not allowed(campaign, move, by=officer):
            return None
        return Step(reverse(f"console:{page}", args=[campaign.pk]), word, primary)

    return [
        offer(Move.SUBMIT, "campaign-edit", pgettext("console", "Go on writing")),
        offer(Move.SUBMIT, "campaign-submit", pgettext("console", "Ask for approval"), primary=True),
        offer(Move.APPROVE, "campaign-approve", pgettext("console", "Approve"), primary=True),
        offer(Move.SEND_BACK, "campaign-send-back", pgettext("console", "Send it back")),
        offer(Move.LAUNCH, "campaign-launch", pgettext("console", "Send it"), primary=True),
        offer(Move.PAUSE, "campaign-pause", pgettext("console", "Pause sending")),
        offer(Move.RESUME, "campaign-resume", pgettext("console", "Go on sending"), primary=True),
        _follow_up(campaign, officer),
    ]


def _follow_up(campaign: Campaign, officer: Officer) -> Step | None:
    if not following.can_be_followed(campaign) or not officer.may(Permission.WRITE_CAMPAIGN):
        return None
    word = pgettext("console", "Write an update or the all-clear")
    return Step(reverse("console:campaign-follow", args=[campaign.pk]), word)


def _stop(campaign: Campaign) -> str:
    waiting = board.waiting(campaign)
    said = npgettext(
        "console", "Stop sending to %(count)s person", "Stop sending to %(count)s people", waiting
    )
    return said % {"count": spaced(waiting)}


def _tell(asked: int) -> str:
    said = npgettext(
        "console",
        "Tell %(count)s person that it was an error",
        "Tell %(count)s people that it was an error",
        asked,
    )
    return said % {"count": spaced(asked)}


def submitting(campaign: Campaign, preview: Preview) -> Effect:
    """Before approval is asked for."""
    return Effect(
        pgettext("console", "Ask a second officer to approve it"),
        [
            *alerts.taken_back(intake.is_superseded(campaign)),
            _would_be_asked(preview.total),
            pgettext(
                "console",
                "It can no longer be changed while it waits. Whoever wrote a word of it cannot approve it.",
            ),
        ],
        pgettext("console", "Ask for approval"),
    )


def approving(campaign: Campaign, preview: Preview, countries: Sequence[str]) -> Effect:
    """Before it is approved: where and how many, to be typed."""
    facts = {"count": spaced(preview.total), "countries": ", ".join(countries)}
    if campaign.drill:
        heading = npgettext(
            "console",
            "Approve a drill for %(count)s person in %(countries)s",
            "Approve a drill for %(count)s people in %(countries)s",
            preview.total,
        )
        button = pgettext("console", "Approve this drill")
    else:
        heading = npgettext(
            "console",
            "Approve a message to %(count)s person in %(countries)s",
            "Approve a message to %(count)s people in %(countries)s",
            preview.total,
        )
        button = npgettext(
            "console", "Approve for %(count)s person", "Approve for %(count)s people", preview.total
        )
    return Effect(
        heading % facts,
        [
            *alerts.taken_back(intake.is_superseded(campaign)),
            pgettext("console", "Read the texts below as if you were the person who gets them."),
            *too_long(campaign, preview, timezone.now()),
            *_fallbacks(preview),
            pgettext(
                "console", "Approving sends nothing yet. Sending is one more step, for an author or approver."
            ),
        ],
        button % facts,
    )


def too_long(campaign: Campaign, preview: Preview, now: datetime) -> Sequence[str]:
    """That its time is over before everything is sent, with both figures; nothing when it is long enough."""
    span = pace.span(campaign, preview, now)
    if not span.is_too_long:
        return []
    tag = get_language() or "en"
    said = pgettext(
        "console",
        "If nobody answers, all its texts and calls take about %(time)s, but it ends after %(lasts)s: "
        "not everything will be sent.",
    )
    times = {"time": moments.duration(span.takes, tag), "lasts": moments.duration(span.lasts, tag)}
    return [said % times]


def _fallbacks(preview: Preview) -> Sequence[str]:
    """How many get a text in a language that is not theirs; nothing when nobody does."""
    count = sum(text.people for text in preview.texts if text.is_fallback)
    if not count:
        return []
    said = npgettext(
        "console",
        "%(count)s person gets a text in another language because theirs is missing.",
        "%(count)s people get a text in another language because theirs is missing.",
        count,
    )
    return [said % {"count": spaced(count)}]


def sending_back() -> Effect:
    """Before it goes back."""
    return Effect(
        pgettext("console", "Send it back to its author"),
        [pgettext("console", "It becomes a draft again. Nothing is sent.")],
        pgettext("console", "Send it back"),
        counts=False,
    )


def launching(campaign: Campaign, preview: Preview) -> Effect:
    """Before it is sent."""
    tag = get_language() or "en"
    count = {"count": spaced(preview.total)}
    if campaign.drill:
        heading = npgettext(
            "console",
            "Send the drill to %(count)s person",
            "Send the drill to %(count)s people",
            preview.total,
        )
    else:
        heading = npgettext("console", "Send to %(count)s person", "Send to %(count)s people", preview.total)
    written = len({text.source for text in preview.texts})
    languages = npgettext(
        "console",
        "The text is written in %(languages)d language. Sending takes about %(time)s.",
        "The texts are written in %(languages)d languages. Sending takes about %(time)s.",
        written,
    ) % {"languages": written, "time": moments.duration(preview.seconds, tag)}
    return Effect(
        heading % count,
        [
            *alerts.taken_back(intake.is_superseded(campaign)),
            *_ends(campaign),
            *_again(campaign),
            languages,
            *too_long(campaign, preview, timezone.now()),
            pgettext(
                "console", "A text that has left cannot be called back. It can be corrected by a second text."
            ),
        ],
        heading % count,
    )


def _ends(campaign: Campaign) -> Sequence[str]:
    """What an all-clear ends, one line each."""
    said = pgettext(
        "console",
        "This ends “%(campaign)s”: nobody is asked by it any more. Answers that still come in are counted.",
    )
    return [said % {"campaign": earlier.title} for earlier in following.ended_by(campaign)]


def _again(campaign: Campaign) -> Sequence[str]:
    """That somebody asked there just now, and when."""
    recent = following.asked_recently(campaign, timezone.now())
    if recent is None or recent.launched_at is None:
        return []
    said = pgettext(
        "console",
        "“%(campaign)s” asked people there already, at %(time)s. Being asked again within six hours tires "
        "and frightens people.",
    )
    zone = ZoneInfo(names.home_zone())
    return [said % {"campaign": recent.title, "time": f"{recent.launched_at.astimezone(zone):%H:%M}"}]


def pausing(waiting: int) -> Effect:
    """Before it is held, with so many who have not got it yet."""
    return Effect(
        pgettext("console", "Pause sending"),
        [
            npgettext(
                "console",
                "%(count)s person who has not got it yet waits until somebody goes on.",
                "%(count)s people who have not got it yet wait until somebody goes on.",
                waiting,
            )
            % {"count": spaced(waiting)},
            pgettext("console", "Answers are taken in all the same."),
        ],
        pgettext("console", "Pause sending"),
    )


def resuming(campaign: Campaign) -> Effect:
    """Before it goes on."""
    waiting = board.waiting(campaign)
    heading = npgettext(
        "console", "Go on sending to %(count)s person", "Go on sending to %(count)s people", waiting
    ) % {"count": spaced(waiting)}
    return Effect(
        heading, [pgettext("console", "It goes on where it was paused. Nobody gets it twice.")], heading
    )


def stopping(campaign: Campaign) -> Effect:
    """Before it ends for good."""
    reached = board.asked(campaign)
    heading = _stop(campaign)
    return Effect(
        heading,
        [
            npgettext(
                "console",
                "%(count)s person has been asked already; the answer is still taken in.",
                "%(count)s people have been asked already; their answers are still taken in.",
                reached,
            )
            % {"count": spaced(reached)},
            pgettext("console", "A stopped campaign cannot go on. To hold it for a while, pause it."),
        ],
        heading,
        destructive=True,
    )


def correcting(campaign: Campaign) -> Effect:
    """Before everybody who got it is told to ignore it."""
    heading = _tell(board.asked(campaign))
    return Effect(
        heading,
        [
            pgettext(
                "console",
                "Everyone who got it, or may have, is told in their own language to ignore it.",
            ),
            pgettext(
                "console",
                "What is not sent yet stops at once. No second approval is needed: being fast counts.",
            ),
        ],
        heading,
        destructive=True,
    )


def _would_be_asked(total: int) -> str:
    return npgettext(
        "console", "%(count)s person would be asked.", "%(count)s people would be asked.", total
    ) % {"count": spaced(total)}
