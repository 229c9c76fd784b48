"""An officer calls a person from a case or from the inbox, and says on which phone to be rung."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from campaigns import cases, inbox
from campaigns.models import Case
from channels_voice import bridging
from console import calling, moments, names
from console.access import OfficerRequest, allowed, typed
from console.forms.officers import Duty, Telephone
from core import duty, officer_phones
from core.models import ContactPoint, Officer
from core.officers import Permission

_PANEL: Final = "console/call.html"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WORK_CASES)
def case(request: OfficerRequest, pk: int) -> HttpResponse:
    """Call the person of one's case; looked at, how the call fares. It tells nothing of the person."""
    found = get_object_or_404(Case.objects.select_related("contact"), pk=pk)
    if request.method == "POST":
        _ring(request, lambda: cases.call(found, by=request.user, now=timezone.now()))
        return redirect("console:case", pk)
    if found.contact is None or found.claimed_by_id != request.user.pk:
        raise Http404
    return render(request, _PANEL, calling.panel(request.user, found.contact, request.path))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WORK_CASES)
def texts(request: OfficerRequest, pk: int) -> HttpResponse:
    """The same for the phone whose texts one answers."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    now = timezone.now()
    if request.method == "POST":
        _ring(request, lambda: inbox.call(contact, by=request.user, now=now))
        return redirect("console:inbox-texts", pk)
    if inbox.holder(contact, now) != request.user:
        raise Http404
    return render(request, _PANEL, calling.panel(request.user, contact, request.path))


@require_POST
@allowed(Permission.WORK_CASES)
def my_phone(request: OfficerRequest) -> HttpResponse:
    """Keep the number on which one is rung, or take it away."""
    now = timezone.now()
    if request.POST.get("remove"):
        officer_phones.forget(request.user, by=request.user, now=now)
        return redirect("console:settings")
    form = Telephone(request.POST)
    if not form.is_valid():
        return render(request, "console/settings.html", settings_of(request, form), status=422)
    officer_phones.keep(request.user, form.cleaned_data["number"], by=request.user, now=now)
    return redirect(f"{reverse('console:settings')}#phone")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WORK_CASES)
def try_out(request: OfficerRequest) -> HttpResponse:
    """Have one's own phone rung to confirm it; looked at, how that fares."""
    if request.method == "POST":
        _ring(request, lambda: bridging.try_out(request.user, timezone.now()))
        return redirect(f"{reverse('console:settings')}#phone")
    return render(request, "console/phone.html", settings_of(request, Telephone()))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.MANAGE_OFFICERS)
def officers_phone(request: OfficerRequest, pk: int) -> HttpResponse:
    """An administrator gives a case officer's number; the officer confirms it."""
    officer = get_object_or_404(Officer, pk=pk, is_active=True)
    if not officer.may(Permission.WORK_CASES):
        raise Http404
    form = Telephone(typed(request))
    if form.is_valid():
        officer_phones.keep(officer, form.cleaned_data["number"], by=request.user, now=timezone.now())
        messages.success(request, pgettext("console", "Kept. The officer confirms it in their settings."))
        return redirect("console:officers")
    found = {"form": form, "officer": officer, "phone": officer_phones.of(officer)}
    return render(request, "console/officer_phone.html", found, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.SEE_CAMPAIGNS)
def on_duty(request: OfficerRequest) -> HttpResponse:
    """Who is on duty; a case officer with a confirmed phone goes on duty here, and off again."""
    now, works = timezone.now(), request.user.may(Permission.WORK_CASES)
    form = _duty_form(request, now) if works else None
    if request.method == "POST" and form is not None:
        if request.POST.get("end"):
            duty.finish(request.user, now=now)
        elif form.is_valid():
            duty.begin(request.user, form.cleaned_data["until"], now=now)
        if not form.errors:
            return redirect("console:duty")
    tag, zone = get_language() or "en", names.home_zone()
    rota = [
        (phone.officer.get_username(), moments.clock(phone.on_duty_until, zone, tag))
        for phone in duty.on_duty(now)
        if phone.on_duty_until is not None
    ]
    found = {"rota": rota, "form": form, "mine": duty.until(request.user, now)}
    return render(request, "console/duty.html", found, status=422 if form and form.errors else 200)


def _duty_form(request: OfficerRequest, now: datetime) -> Duty | None:
    """None for an officer who cannot be rung."""
    phone = officer_phones.of(request.user)
    if phone is None or phone.confirmed_at is None:
        return None
    ends = request.method == "POST" and "until" in request.POST
    return Duty(request.POST if ends else None, now=now)


def settings_of(request: OfficerRequest, form: Telephone) -> dict[str, object]:
    """What an officer's settings show."""
    found: dict[str, object] = {"role": request.user.role}
    if request.user.may(Permission.WORK_CASES):
        tried = bridging.latest(request.user, None)
        found |= {
            "form": form,
            "phone": officer_phones.of(request.user),
            "call": tried,
            "call_stage": calling.stage(tried) if tried else "",
        }
    return found


def _ring(request: OfficerRequest, deed: Callable[[], object]) -> None:
    """Ring, or say why not."""
    try:
        deed()
    except tuple(calling.WHY_NOT) as why:
        messages.warning(request, str(calling.WHY_NOT[type(why)]))
