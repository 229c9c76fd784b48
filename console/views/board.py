"""The live board of a campaign, and the lists behind its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_safe

from campaigns import collecting
from campaigns.models import Campaign, Case, Recipient
from campaigns.texts import asks_to_be_read
from console import answers, board, people, places, steps, words
from console.access import OfficerRequest, allowed
from console.release import Count, rounded
from console.signs import SIGNS, Sign, of_campaign
from console.stretch import AS_ASKED, LATEST_ANSWER, stretch
from console.views.campaigns import head
from core.models import Officer
from core.officers import Permission

LISTS: Final[Mapping[str, str | Promise]] = {
    **{sign.value: SIGNS[sign].word for sign in Sign},
    "answered": pgettext_lazy("console", "Answered"),
    "total": pgettext_lazy("console", "Planned"),
    "planned": pgettext_lazy("console", "Not sent yet"),
    "left": pgettext_lazy("console", "Sent"),
    "delivered": pgettext_lazy("console", "Delivered"),
}
"""What the list behind each figure is called."""


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a bar, in percent of the whole, as SVG writes numbers."""

    name: str
    css: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Line:
    """One bar of the funnel. `rows` names the list behind it."""

    name: str
    word: str | Promise
    sign: str
    count: Count
    parts: Sequence[Part]
    rows: str
    breaks: bool = False


@require_safe
@allowed(Permission.SEE_FIGURES)
def show(request: OfficerRequest, pk: int) -> HttpResponse:
    """The board: four big figures, the funnel, then answers by time, place and language."""
    campaign = get_object_or_404(Campaign.objects.select_related("author", "approver"), pk=pk)
    if campaign.launched_at is None:
        if request.user.may(Permission.SEE_CAMPAIGNS):
            return redirect("console:campaign", pk)
        raise Http404
    now = timezone.now()
    sees_rows = request.user.may(Permission.SEE_CAMPAIGNS)
    figures = board.told(campaign, now, exactly=sees_rows)
    context = head(campaign, request.user) | _panels(campaign, sees_rows=sees_rows)
    context |= _elsewhere(campaign, request.user) | {
        "figures": figures,
        "standing": board.standing(campaign),
        "trend": figures["trend"],
        "funnel": _funnel(figures, of_campaign(campaign)),
        "big": _BIG[asks_to_be_read(campaign)],
        "texts": board.texts(campaign),
    }
    return render(request, "console/board.html", context)


@require_safe
@allowed(Permission.SEE_FIGURES)
def panels(request: OfficerRequest, pk: int) -> HttpResponse:
    """The lower half of the board and all other counts that its line does not send: when something moved."""
    campaign = get_object_or_404(Campaign, pk=pk, launched_at__isnull=False)
    sees_rows = request.user.may(Permission.SEE_CAMPAIGNS)
    shown = _panels(campaign, sees_rows=sees_rows) | _elsewhere(campaign, request.user)
    shown["figures"] = board.told(campaign, timezone.now(), exactly=sees_rows)
    return render(request, "console/board_moved.html", {"campaign": campaign} | shown)


@require_safe
@allowed(Permission.SEE_FIGURES)
def by_place(request: OfficerRequest, pk: int) -> HttpResponse:
    """The table by place: fetched by the board once it is open, a page of its own without JavaScript."""
    campaign = get_object_or_404(Campaign, pk=pk, launched_at__isnull=False)
    now = timezone.now()
    found = places.recent(campaign, now)
    exactly = request.user.may(Permission.SEE_CAMPAIGNS)
    context = {
        "campaign": campaign,
        "places": found.rows if exactly else board.released(campaign, found.rows),
        "places_heading": _BY_PLACE,
        "calls": [(words.CALLS[name], _count(count, exactly=exactly)) for name, count in found.calls],
        "counted": found.at,
        "again_in": found.again_in,
    }
    asked_by_board = request.headers.get("HX-Request") == "true"
    page = "console/board_by_place.html" if asked_by_board else "console/board_places.html"
    return render(request, page, context)


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def rows(request: OfficerRequest, pk: int) -> HttpResponse:
    """The people behind a figure. Phone and place are for case officers, and the phone is masked."""
    campaign = get_object_or_404(Campaign, pk=pk, launched_at__isnull=False)
    show = request.GET.get("show", Sign.NEEDS_HELP.value)
    if show not in LISTS:
        raise Http404
    works = request.user.may(Permission.WORK_CASES)
    found = Recipient.objects.filter(board.ROWS[show], campaign=campaign)
    # The tally and not a count of the rows: it is as exact, and no pass over all of them.
    count = board.figures(campaign)[show]
    order = LATEST_ANSWER if show in board.ANSWERED else AS_ASKED
    page = stretch(found.select_related("contact") if works else found, order, request.GET.dict(), count)
    shown = list(page.rows)
    calls = board.last_calls(shown)
    told = _with_place_and_case(shown, campaign) if works else [(row, None, None) for row in shown]
    context = {
        "campaign": campaign,
        "page": page,
        "count": count,
        "rows": [(row, trip, case, calls.get(row.pk, "")) for row, trip, case in told],
        "works_cases": works,
        "show": show,
        "heading": LISTS[show],
        "choices": [
            (name, word, name in SIGNS)
            for name, word in LISTS.items()
            if name not in SIGNS or name in of_campaign(campaign)
        ],
        "unreachable": board.FAILED,
    }
    return render(request, "console/board_people.html", context)


def _panels(campaign: Campaign, *, sees_rows: bool) -> dict[str, object]:
    """Who may not see the people behind the counts gets none that is about a few of them, and no stream."""
    languages = board.by_language(campaign)
    written = collecting.of(campaign)
    return {
        "sees_rows": sees_rows,
        "collecting": written
        and {name: _count(getattr(written, name), exactly=sees_rows) for name in _WRITTEN},
        **(board.unfinished(campaign, exactly=sees_rows) if campaign.expired else {}),
        "answers": answers.recent(campaign, timezone.now(), exactly=sees_rows),
        "stream": board.stream(campaign) if sees_rows else (),
        "places_heading": _BY_PLACE,
        "languages": languages if sees_rows else board.released(campaign, languages),
        "languages_heading": pgettext("console", "By language"),
    }


def _elsewhere(campaign: Campaign, officer: Officer) -> dict[str, object]:
    """What moves outside the panels: the words of the buttons that say how many, and who was left out."""
    exactly = officer.may(Permission.SEE_CAMPAIGNS)
    return {
        "undo": steps.undo(campaign, officer),
        "left_out": _told(words.left_out(campaign.left_out), exactly=exactly),
    }


_BY_PLACE: Final = pgettext_lazy("console", "By place")
_WRITTEN: Final = ("written", "expected")


def _count(count: int, *, exactly: bool) -> Count:
    return count if exactly else rounded(count)


def _told(
    counts: Sequence[tuple[str | Promise, int]], *, exactly: bool
) -> Sequence[tuple[str | Promise, Count]]:
    return [(word, _count(count, exactly=exactly)) for word, count in counts]


_BIG: Final = {
    False: (Sign.NEEDS_HELP, "answered", Sign.SILENT, Sign.UNREACHABLE),
    True: (Sign.NEEDS_HELP, Sign.ACKNOWLEDGED, Sign.SILENT, Sign.UNREACHABLE),
}
"""The big figures, by whether it asks for a sign that it was read."""


def _funnel(figures: Mapping[str, Count], signs: Sequence[Sign]) -> Sequence[Line]:
    answers = [sign for sign in signs if sign not in {Sign.SILENT, Sign.UNREACHABLE}]
    lines = [
        Line("total", LISTS["total"], "", figures["total"], _parts(figures, "total"), "total"),
        Line("left", LISTS["left"], "", figures["left"], _parts(figures, "left"), "left"),
        Line(
            "delivered",
            LISTS["delivered"],
            "",
            figures["delivered"],
            _parts(figures, "delivered"),
            "delivered",
        ),
        Line("answered", LISTS["answered"], "", figures["answered"], _parts(figures, *answers), "answered"),
    ]
    for sign in signs:
        first = sign is Sign.NEEDS_HELP
        lines.append(Line(sign, "", sign, figures[sign], _parts(figures, sign), sign, breaks=first))
    return lines


def _parts(figures: Mapping[str, Count], *names: str) -> Sequence[Part]:
    """Stretches one after the other. SVG wants a point, whatever the officer's language writes."""
    total = figures["total"] or 1
    start = 0.0
    parts = []
    for name in names:
        width = 100 * (figures[name] or 0) / total
        css = SIGNS[Sign(name)].css if name in SIGNS else "plain"
        parts.append(Part(name, css, f"{start:.3f}", f"{width:.3f}"))
        start += width
    return parts


def _with_place_and_case(
    rows: Sequence[Recipient], campaign: Campaign
) -> Sequence[tuple[Recipient, object, int | None]]:
    day = (campaign.launched_at or campaign.created_at).date()
    trips = people.whereabouts([row.contact.person_id if row.contact else None for row in rows], day)
    contacts = [row.contact_id for row in rows if row.contact_id]
    cases = dict(
        Case.objects.filter(campaign=campaign, contact__in=contacts)
        .order_by("pk")
        .values_list("contact", "pk")
    )
    return [
        (row, trips.get(row.contact.person_id or 0) if row.contact else None, cases.get(row.contact_id or 0))
        for row in rows
    ]
