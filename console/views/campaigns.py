"""Campaigns before they are sent: the list, writing one, and who would get it."""

from collections.abc import Mapping
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import audience, following, ladder, launch, templates, versions
from campaigns.models import Campaign
from campaigns.preview import Preview, preview
from console import board, changes, costing, names, steps, words
from console.access import OfficerRequest, allowed, typed
from console.forms.campaigns import Write, initial_of
from console.forms.ladder import MOST_ROWS, changed, rows_in
from core import reach
from core.models import AuditEvent, Officer
from core.officers import Permission

PAGE: Final = 25
_WAYS: Final = {"ways": words.WAYS.items(), "most": MOST_ROWS}
_ON_THE_WAY: Final = frozenset({"fill", "show_areas", "change"})  # buttons of the form that keep nothing
PLACES: Final = 12
"""Places that the preview names; the rest stands in one line."""


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def index(request: OfficerRequest) -> HttpResponse:
    """Every campaign, the newest first."""
    state = request.GET.get("state", "")
    rows = Campaign.objects.select_related("author").order_by("-created_at", "-pk")
    if state in Campaign.State.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": board.figures_of(list(page)),
        "state": state,
        "states": words.STATES.items(),
    }
    return render(request, "console/campaigns.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def new(request: OfficerRequest) -> HttpResponse:
    """Write a campaign."""
    now = timezone.now()
    initial = {"drill": request.GET.get("drill") == "1"}
    form = Write(typed(request), initial=initial, present=reach.there(now))
    if _ON_THE_WAY & request.POST.keys():
        return _form(request, _unfinished(request, form), None)
    if form.is_valid():
        try:
            campaign = launch.create(form.draft(), by=request.user, now=now)
        except launch.Refusal as refusal:
            form.add_error(None, words.refused(refusal))
        else:
            messages.success(request, pgettext("console", "The draft is kept. Nothing has been sent."))
            return redirect("console:campaign", campaign.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def edit(request: OfficerRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    campaign = get_object_or_404(Campaign, pk=pk)
    now = timezone.now()
    if campaign.state != Campaign.State.DRAFT:
        messages.warning(request, str(words.REFUSALS["wrong_state"]))
        return redirect("console:campaign", pk)
    form = Write(typed(request), initial=dict(initial_of(campaign)), present=reach.there(now))
    if _ON_THE_WAY & request.POST.keys():
        return _form(request, _unfinished(request, form), campaign)
    if form.is_valid():
        try:
            with transaction.atomic():
                launch.hold(campaign, form.cleaned_data["seen"] or None)
                launch.edit(campaign, form.draft(), by=request.user, now=now)
        except launch.WrongState as refusal:
            if campaign.state == Campaign.State.DRAFT:
                form.was_changed(versions.mark(campaign))
                return _form(request, form, campaign)
            messages.warning(request, str(words.REFUSALS[refusal.code]))
        except launch.Refusal as refusal:
            form.add_error(None, words.refused(refusal))
            return _form(request, form, campaign)
        else:
            messages.success(request, pgettext("console", "Your changes are kept. Nothing has been sent."))
        return redirect("console:campaign", pk)
    return _form(request, form, campaign)


@require_POST
@allowed(Permission.WRITE_CAMPAIGN)
def ladder_rows(request: OfficerRequest) -> HttpResponse:
    """The steps of a ladder that is being written, after one of them was moved, added or left out."""
    rows, focus = changed(rows_in(request.POST), request.POST.get("change", ""))
    return render(request, "console/ladder_rows.html", {"rows": rows, "focus": focus} | _WAYS)


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def show(request: OfficerRequest, pk: int) -> HttpResponse:
    """Who would get it, in which words, how long it takes; a sent one leads on to its board."""
    campaign = get_object_or_404(Campaign.objects.select_related("author", "approver"), pk=pk)
    if campaign.launched_at is not None:
        return redirect("console:board", pk)
    now = timezone.now()
    shown = preview(campaign, now)
    return render(
        request,
        "console/campaign.html",
        head(campaign, request.user)
        | {
            "preview": shown,
            "places": shown.places[:PLACES],
            "further": sum(place.people for place in shown.places[PLACES:]),
            "unplaced": _unplaced(campaign, shown),
            "channels": [(words.CHANNELS[name], people) for name, people in shown.by_channel.items()],
            "left_out": words.left_out(shown.left_out),
            "too_long": steps.too_long(campaign, shown, now),
            "coverage": shown.total and campaign.present,
            "texts": board.texts(campaign),
            "changes": changes.since_sent_back(campaign),
            "differing": templates.differing(campaign),
            "corrections": board.corrections(campaign, [row.language for row in shown.texts]),
        }
        | costing.shown(campaign, shown),
    )


def _unplaced(campaign: Campaign, shown: Preview) -> int:
    """How many would be asked, though they may be elsewhere in their country; 0 where all of it is meant."""
    rule = audience.Audience.from_json(campaign.audience)
    if rule.near is None and rule.within is None:
        return 0
    return sum(place.people for place in shown.places if place.country and not place.city)


def head(campaign: Campaign, officer: Officer) -> dict[str, object]:
    """What the top of every page of a campaign shows, and its story."""
    return {
        "campaign": campaign,
        "zones": names.zones(board.countries(campaign)),
        "audience_words": audience.Audience.from_json(campaign.audience).sentences(),
        "steps": steps.open_to(campaign, officer),
        "hint": steps.hint(campaign, officer),
        "story": story(campaign),
        "chain": following.chain(campaign),
        "edits": changes.history(campaign),
        "rungs": ladder.of(campaign).rungs[1:],
    }


def story(campaign: Campaign) -> list[Mapping[str, object]]:
    """Who did what with the campaign, the first first."""
    rows = AuditEvent.objects.filter(subject=Campaign._meta.label_lower, subject_id=campaign.pk)
    return [
        {
            "word": words.STORY.get(event.verb, event.verb),
            "officer": event.officer.get_username() if event.officer else "",
            "at": event.at,
        }
        for event in rows.select_related("officer").order_by("at", "pk")
    ]


def _unfinished(request: OfficerRequest, form: Write) -> Write:
    """The form with what its author asked for on the way: a step moved, texts, or areas to choose among."""
    if "change" in request.POST:
        return form.with_steps(request.POST["change"])
    return form.filled() if "fill" in request.POST else form.with_areas()


def _form(request: OfficerRequest, form: Write, campaign: Campaign | None) -> HttpResponse:
    heading = pgettext("console", "Change the draft") if campaign else pgettext("console", "Write a campaign")
    context = {"form": form, "campaign": campaign, "heading": heading, "present": form.registered}
    return render(request, "console/campaign_form.html", context | _WAYS, status=422 if form.errors else 200)
