"""The officer's own pages: what needs them now, the figures, their settings."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from campaigns.tally import Tally
from channels_sms import lookalikes, segments
from console import board, context, names, people, release, words
from console.access import OfficerRequest, allowed, signed_in
from console.forms.officers import Telephone
from console.release import Told
from console.views.calling import settings_of
from console.views.session import speak
from core import sender_health
from core.models import Officer
from core.officers import Permission

_LONGEST_TEXT: Final = 1600
_SHOWN_CASES: Final = 8
PAGE: Final = 20


@require_safe
@signed_in
def now(request: OfficerRequest) -> HttpResponse:
    """What needs somebody now: help requests first, then what is out, then what waits for a colleague."""
    officer = request.user
    if not officer.may(Permission.SEE_CAMPAIGNS):
        return redirect("console:figures")
    found: dict[str, object] = {
        "running": board.figures_of(list(context.running()[:6])),
        "waiting_campaigns": Campaign.objects.filter(state=Campaign.State.SUBMITTED)
        .select_related("author")
        .order_by("submitted_at"),
        "ready_campaigns": Campaign.objects.filter(state=Campaign.State.APPROVED).select_related("approver"),
        "drafts": Campaign.objects.filter(state=Campaign.State.DRAFT, author=officer).order_by("-pk")[:3],
    }
    if officer.may(Permission.WORK_CASES):
        cases = list(
            context.unclaimed().select_related("campaign", "contact").defer("words", "outcome")[:_SHOWN_CASES]
        )
        trips = people.whereabouts([case.person_id for case in cases], timezone.now().date())
        found["cases"] = [(case, trips.get(case.person_id or 0)) for case in cases]
    return render(request, "console/now.html", found)


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def chips(request: OfficerRequest) -> HttpResponse:
    """The running campaigns in the bar, for a page that heard news."""
    return render(request, "console/chips.html")


@require_safe
@allowed(Permission.SEE_FIGURES)
def figures(request: OfficerRequest) -> HttpResponse:
    """Counts of every campaign that was sent; the real ones apart from the drills."""
    drills = request.GET.get("drills") == "1"
    rows = Campaign.objects.filter(launched_at__isnull=False, drill=drills).order_by("-launched_at", "-pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "console/figures.html",
        {
            "page": page,
            "rows": _figures_of(list(page), exactly=request.user.may(Permission.SEE_CAMPAIGNS)),
            "drills": drills,
        },
    )


@require_POST
@allowed(Permission.SEE_CAMPAIGNS)
def count_segments(request: OfficerRequest) -> HttpResponse:
    """How long a text is as it is typed: what the officer sees under the field."""
    field = request.GET.get("field", "")
    text = request.POST.get(field, "")[:_LONGEST_TEXT]
    return render(
        request,
        "console/counter.html",
        {
            "counted": segments.count(text) if text else None,
            "characters": len(text),
            "plainer": lookalikes.plainer(text),
            "field": field,
        },
    )


@require_safe
@signed_in
def my_settings(request: OfficerRequest) -> HttpResponse:
    """Language, light or dark, password, keys, and the phone on which a case officer is rung."""
    return render(request, "console/settings.html", settings_of(request, Telephone()))


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def senders(request: OfficerRequest) -> HttpResponse:
    """How each of our numbers delivers, by country of the phone."""
    rows = [
        (route, words.CHANNELS[route.channel], words.STANDINGS[route.standing])
        for route in sender_health.routes()
    ]
    return render(request, "console/senders.html", {"rows": rows})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, in this browser; for an officer, in every browser."""
    tag = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = settings.LOGIN_REDIRECT_URL
    response = redirect(target)
    if tag not in dict(settings.LANGUAGES):
        return response
    speak(response, tag)
    if isinstance(request.user, Officer):
        Officer.objects.filter(pk=request.user.pk).update(language=tag)
        with translation.override(tag):
            messages.success(
                request,
                pgettext("console", "The console now speaks %(language)s.")
                % {"language": names.own_name(tag)},
            )
    return response


def _figures_of(campaigns: Sequence[Campaign], *, exactly: bool) -> Sequence[tuple[Campaign, Tally | Told]]:
    """Each campaign with its counts, as far as the officer may see them."""
    return [
        (campaign, tally if exactly else release.tally(tally, read=campaign.acknowledge))
        for campaign, tally in board.figures_of(campaigns)
    ]
