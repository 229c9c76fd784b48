"""People who need help: the list, one case, and what an officer does about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case as When
from django.db.models import Count, Q, QuerySet, Value
from django.db.models import When as If
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns import cases
from campaigns.models import Case
from console import calling, names, people, words
from console.access import OfficerRequest, allowed
from console.forms.cases import Answer, Close, Look, outcome_parts
from core import audit, delivery, emergency
from core.models import Officer
from core.officers import Permission

PAGE: Final = 50
SHELVES: Final = frozenset({"open", "silent", "mine", "claimed", "drills", "closed"})
"""What the list can show."""

_LOOK: Final = timedelta(minutes=15)
"""How long a stated reason opens a case before it is asked again."""


@require_safe
@allowed(Permission.WORK_CASES)
def index(request: OfficerRequest) -> HttpResponse:
    """The list: who waits longest comes first; drills stand apart, on a list of their own."""
    show = request.GET.get("show", "")
    show = show if show in SHELVES else "open"
    page = Paginator(_shown(show, request.user), PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    trips = people.whereabouts([case.person_id for case in page], now.date())
    rows = [(case, trips.get(case.person_id or 0)) for case in page]
    context = {"page": page, "rows": rows, "show": show, "counts": _counts(request.user)}
    return render(request, "console/cases.html", context)


@require_safe
@allowed(Permission.WORK_CASES)
def show(request: OfficerRequest, pk: int) -> HttpResponse:
    """One case. The officer who has it, or who said why, reads what the person said; each time is audited."""
    case = _case(pk)
    now = timezone.now()
    purpose = _purpose(request, case, now)
    if purpose is None:
        return render(request, "console/case_closed_door.html", _place(case, now) | {"look": Look()})
    audit.record("case.opened", by=request.user, subject=case, now=now, purpose=purpose)
    return render(request, "console/case.html", _opened(case, request.user, now))


@require_POST
@allowed(Permission.WORK_CASES)
def look(request: OfficerRequest, pk: int) -> HttpResponse:
    """Open somebody else's case, for a stated reason."""
    case = _case(pk)
    form = Look(request.POST)
    now = timezone.now()
    if not form.is_valid():
        return render(
            request, "console/case_closed_door.html", _place(case, now) | {"look": form}, status=422
        )
    looks = {
        key: kept
        for key, kept in request.session.get("looks", {}).items()
        if datetime.fromisoformat(kept["until"]) > now
    }
    until = (now + _LOOK).isoformat()
    request.session["looks"] = looks | {str(pk): {"reason": form.cleaned_data["reason"], "until": until}}
    return redirect("console:case", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def claim(request: OfficerRequest, pk: int) -> HttpResponse:
    """Take the case."""
    case = _case(pk)
    try:
        cases.claim(case, by=request.user, now=timezone.now())
    except cases.CaseTaken:
        messages.warning(request, str(words.CASE_TAKEN))
    else:
        messages.success(request, pgettext("console", "The case is yours. Colleagues see that you have it."))
    return redirect("console:case", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def release(request: OfficerRequest, pk: int) -> HttpResponse:
    """Hand the case back to the list."""
    case = _case(pk)
    try:
        cases.release(case, by=request.user, now=timezone.now())
    except cases.CaseTaken:
        messages.warning(request, str(words.CASE_TAKEN))
        return redirect("console:case", pk)
    messages.success(request, pgettext("console", "The case waits in the list again, for any officer."))
    return redirect("console:cases")


@require_POST
@allowed(Permission.WORK_CASES)
def close(request: OfficerRequest, pk: int) -> HttpResponse:
    """Close the case with what came of it."""
    case = _case(pk)
    now = timezone.now()
    form = Close(request.POST)
    if not form.is_valid():
        return _case_again(request, case, now, {"close": form})
    try:
        read = request.POST.get("read", "")
        cases.close(case, by=request.user, outcome=form.outcome_text(), read=read, now=now)
    except cases.Unread:
        messages.warning(request, str(words.CASE_UNREAD))
        return redirect("console:case", pk)
    except cases.CaseTaken:
        messages.warning(request, str(words.CASE_TAKEN))
        return redirect("console:case", pk)
    messages.success(request, pgettext("console", "The case is closed."))
    return redirect("console:cases")


@require_POST
@allowed(Permission.WORK_CASES)
def reply(request: OfficerRequest, pk: int) -> HttpResponse:
    """Text the person, as the officer who has the case."""
    case = _case(pk)
    now = timezone.now()
    form = Answer(request.POST)
    if case.contact is None or case.claimed_by_id != request.user.pk:
        messages.warning(request, str(words.CASE_TAKEN))
        return redirect("console:case", pk)
    if not form.is_valid():
        return _case_again(request, case, now, {"answer": form})
    text = form.cleaned_data["text"]
    try:
        delivery.send_one(case.contact, text, now=now)
    except delivery.OptedOut:
        messages.warning(request, str(words.OPTED_OUT))
    except delivery.NoSender:
        messages.warning(request, str(words.NO_SENDER))
    else:
        audit.record("case.replied", by=request.user, subject=case, now=now)
        messages.success(
            request, pgettext("console", "Your text is on its way. Its delivery shows in the thread.")
        )
    return redirect("console:case", pk)


@never_cache
@require_POST
@allowed(Permission.WORK_CASES)
def number(request: OfficerRequest, pk: int) -> HttpResponse:
    """Show the person's number to the officer who has the case, for a rescuer on the spot; it is audited."""
    case = _case(pk)
    now = timezone.now()
    if case.contact is None or case.state != Case.State.CLAIMED or case.claimed_by_id != request.user.pk:
        messages.warning(request, str(words.CASE_TAKEN))
        return redirect("console:case", pk)
    audit.record("case.number-shown", by=request.user, subject=case, now=now)
    shown = _opened(case, request.user, now) | {"number": case.contact.number}
    return render(request, "console/case.html", shown)


def _case(pk: int) -> Case:
    return get_object_or_404(Case.objects.select_related("campaign", "contact", "claimed_by"), pk=pk)


def _shown(show: str, officer: Officer) -> QuerySet[Case]:
    rows = Case.objects.select_related("campaign", "claimed_by", "contact").defer("words", "outcome")
    practice = Q(campaign__drill=True)
    help_first = When(If(reason=Case.Reason.NEEDS_HELP, then=Value(0)), default=Value(1))
    if show == "mine":
        return rows.filter(state=Case.State.CLAIMED, claimed_by=officer).order_by("opened_at", "pk")
    if show == "drills":
        return rows.filter(practice).exclude(state=Case.State.CLOSED).order_by("opened_at", "pk")
    if show == "claimed":
        return rows.filter(state=Case.State.CLAIMED).exclude(practice).order_by("opened_at", "pk")
    if show == "closed":
        return rows.filter(state=Case.State.CLOSED).order_by("-closed_at", "-pk")
    waiting = rows.filter(state=Case.State.OPEN).exclude(practice)
    if show == "silent":
        return waiting.filter(reason=Case.Reason.SILENT).order_by("opened_at", "pk")
    asked = waiting.exclude(reason=Case.Reason.SILENT)
    return asked.order_by(help_first, "opened_at", "pk")


def _counts(officer: Officer) -> Mapping[str, int]:
    practice, handled, waits = Q(campaign__drill=True), Q(state=Case.State.CLAIMED), Q(state=Case.State.OPEN)
    silent = Q(reason=Case.Reason.SILENT)
    shelves = {
        "drills": practice,
        "open": waits & ~practice & ~silent,
        "silent": waits & ~practice & silent,
        "mine": handled & Q(claimed_by=officer),
        "claimed": handled & ~practice,
    }
    # In one statement, so that the numbers are of one moment.
    rows = Case.objects.filter(state__in=(Case.State.OPEN, Case.State.CLAIMED))
    return rows.aggregate(**{name: Count("pk", filter=which) for name, which in shelves.items()})


def _purpose(request: OfficerRequest, case: Case, now: datetime) -> str | None:
    """Why this officer may read the case now; None when they have to say so first."""
    if case.state == Case.State.CLAIMED and case.claimed_by_id == request.user.pk:
        return "handling"
    kept = request.session.get("looks", {}).get(str(case.pk))
    if kept and datetime.fromisoformat(kept["until"]) > now:
        return str(kept["reason"])
    return None


def _place(case: Case, now: datetime) -> dict[str, object]:
    trip = people.whereabouts([case.person_id], now.date()).get(case.person_id or 0)
    zones = names.zones([trip.country] if trip else [])
    return {"case": case, "trip": trip, "zones": zones, "campaign": case.campaign}


def _opened(case: Case, officer: Officer, now: datetime) -> dict[str, object]:
    tag = case.contact.language if case.contact else ""
    outcome, note = outcome_parts(case.outcome)
    mine = case.state == Case.State.CLAIMED and case.claimed_by_id == officer.pk
    others = Q(contact=case.contact_id) if case.contact_id else Q(pk=None)
    return _place(case, now) | {
        "mine": mine,
        **(calling.panel(officer, case.contact, _call_url(case)) if mine and case.contact else {}),
        "emergency": emergency.usable(case.person) if case.person else None,
        "thread": people.thread(case.contact) if case.contact else (),
        "earlier": Case.objects.filter(others)
        .exclude(pk=case.pk)
        .defer("words", "outcome")
        .order_by("-opened_at"),
        "answer": Answer(language=tag, direction=names.direction(tag) if tag else "ltr"),
        "close": Close(),
        "read": cases.as_read(case),
        "outcome": outcome,
        "outcome_note": note,
    }


def _call_url(case: Case) -> str:
    return reverse("console:case-call", args=[case.pk])


def _case_again(
    request: OfficerRequest, case: Case, now: datetime, forms: Mapping[str, object]
) -> HttpResponse:
    """The same page with what has to be repaired; only for somebody who may read it."""
    if _purpose(request, case, now) is None:
        return redirect("console:case", case.pk)
    return render(request, "console/case.html", _opened(case, request.user, now) | dict(forms), status=422)
