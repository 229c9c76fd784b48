"""Official alerts: bringing one, what was understood of it, its draft; and a campaign as an alert."""

from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import launch
from campaigns.cap import export as cap_export
from campaigns.cap import feeds, intake, reading
from campaigns.cap.intake import Decision, Open
from campaigns.models import Campaign, OfficialAlert
from console import alerts, words
from console.access import OfficerRequest, allowed, typed
from console.forms.alerts import Bring, Decide
from core.officers import Permission

_SHOWN = 50


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def index(request: OfficerRequest) -> HttpResponse:
    """The alerts that came last and the watched feeds; a file that is brought is kept, or its lines named."""
    now = timezone.now()
    form = Bring(request.POST, request.FILES) if request.method == "POST" else Bring()
    bad: list[tuple[int, str]] = []
    if form.is_valid():
        try:
            row = intake.keep(form.content(), by=request.user, source="", now=now)
        except reading.Unusable as unusable:
            bad = list(alerts.bad_lines(unusable.bad[:_SHOWN]))
        else:
            _draft_at_once(row, request, now=now)
            return redirect("console:campaign-alert", row.pk)
    rows = OfficialAlert.objects.select_related("campaign", "officer").order_by("-received_at", "-pk")
    context = {
        "form": form,
        "bad": bad,
        "alerts": rows[:_SHOWN],
        "feeds": [(feed, urlsplit(feed.url).hostname) for feed in feeds.watched()],
    }
    return render(request, "console/alerts.html", context, status=422 if bad or form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def show(request: OfficerRequest, pk: int) -> HttpResponse:
    """What was understood of an alert; posting makes its draft, with what the officer decided."""
    now = timezone.now()
    row = get_object_or_404(OfficialAlert.objects.select_related("campaign"), pk=pk)
    understood = intake.understand(row, now)
    superseded = intake.superseded_by(row) is not None
    still = list(understood.open(Decision()))
    where = understood.proposal.where.countries if Open.AREA in still else None
    form = Decide(typed(request), where=where, public=Open.SCOPE not in still)
    if form.is_valid():
        try:
            made = intake.draft(row, form.decision(), by=request.user, now=now)
        except launch.Refusal as refusal:
            form.add_error(None, str(words.REFUSALS.get(refusal.code, words.REFUSALS["wrong_draft"])))
        else:
            return redirect("console:campaign-edit", made.pk)
    context = {
        "row": row,
        "understood": understood,
        "codes": alerts.codes(understood),
        "areas": list(alerts.whereabouts(understood.proposal.where.found)),
        "remarks": [*alerts.taken_back(superseded), *alerts.remarks(understood)],
        "texts": alerts.texts(understood),
        "earlier": understood.earlier.campaign if understood.earlier else None,
        "form": form,
        "hopeless": alerts.hopeless(understood, still),
    }
    return render(request, "console/alert.html", context, status=422 if form.errors else 200)


@require_safe
@allowed(Permission.SEE_CAMPAIGNS)
def export(_request: OfficerRequest, pk: int) -> HttpResponse:
    """The campaign as a CAP 1.2 file."""
    campaign = get_object_or_404(Campaign.objects.select_related("corrects", "follows"), pk=pk)
    content = cap_export.as_cap(campaign, timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="campaign-{pk}.cap.xml"'}
    return HttpResponse(content, content_type="application/cap+xml", headers=headers)


def _draft_at_once(row: OfficialAlert, request: OfficerRequest, *, now: datetime) -> None:
    """An alert that leaves nothing open is a draft before anybody looks at it; an expired one waits."""
    understood = intake.understand(row, now)
    waits = understood.proposal.over or list(understood.open(Decision()))
    if not waits and intake.superseded_by(row) is None:
        intake.draft(row, Decision(), by=request.user, now=now)
