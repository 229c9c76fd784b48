"""Accounts: who may enter the console, with which role."""

from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.access import OfficerRequest, allowed, typed
from console.forms.officers import NewOfficer
from core import audit
from core.models import Officer
from core.officers import Permission

# No look-alikes: the password is read aloud over the telephone.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH: Final = 16


@require_safe
@allowed(Permission.MANAGE_OFFICERS)
def index(request: OfficerRequest) -> HttpResponse:
    """Everyone who has an account, those in service first."""
    return render(
        request, "console/officers.html", {"officers": Officer.objects.order_by("-is_active", "username")}
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.MANAGE_OFFICERS)
def new(request: OfficerRequest) -> HttpResponse:
    """Make an account; its one-time password is on the page that answers, and nowhere else."""
    form = NewOfficer(typed(request))
    if not form.is_valid():
        return render(
            request, "console/officer_new.html", {"form": form}, status=422 if form.is_bound else 200
        )
    password = _password()
    with transaction.atomic():
        officer = Officer.objects.create_user(
            form.cleaned_data["username"], password=password, role=form.cleaned_data["role"]
        )
        audit.record("officer.created", by=request.user, subject=officer, now=timezone.now())
    return render(request, "console/officer_password.html", {"officer": officer, "password": password})


@never_cache
@require_POST
@allowed(Permission.MANAGE_OFFICERS)
def renew(request: OfficerRequest, pk: int) -> HttpResponse:
    """Give an officer a new one-time password; the old one stops working at once."""
    officer = get_object_or_404(Officer, pk=pk)
    password = _password()
    with transaction.atomic():
        officer.set_password(password)
        officer.must_change_password = True
        officer.save(update_fields=["password", "must_change_password"])
        audit.record("officer.password-renewed", by=request.user, subject=officer, now=timezone.now())
    return render(request, "console/officer_password.html", {"officer": officer, "password": password})


@require_POST
@allowed(Permission.MANAGE_OFFICERS)
def switch_off(request: OfficerRequest, pk: int) -> HttpResponse:
    """Close an account: what the officer did stays on record, the log-in works no more."""
    officer = get_object_or_404(Officer, pk=pk)
    if officer == request.user:
        messages.warning(
            request, pgettext("console", "You cannot switch off your own account. Ask another administrator.")
        )
        return redirect("console:officers")
    _switch(request.user, officer, on=False)
    messages.success(
        request,
        pgettext("console", "%(name)s can no longer log in.") % {"name": officer.get_username()},
        extra_tags=reverse("console:officer-on", args=[officer.pk]),
    )
    return redirect("console:officers")


@require_POST
@allowed(Permission.MANAGE_OFFICERS)
def switch_on(request: OfficerRequest, pk: int) -> HttpResponse:
    """Open an account again."""
    officer = get_object_or_404(Officer, pk=pk)
    _switch(request.user, officer, on=True)
    messages.success(
        request, pgettext("console", "%(name)s can log in again.") % {"name": officer.get_username()}
    )
    return redirect("console:officers")


def _switch(admin: Officer, officer: Officer, *, on: bool) -> None:
    with transaction.atomic():
        officer.is_active = on
        officer.save(update_fields=["is_active"])
        verb = "officer.switched-on" if on else "officer.switched-off"
        audit.record(verb, by=admin, subject=officer, now=timezone.now())


def _password() -> str:
    drawn = get_random_string(_LENGTH, _LETTERS)
    return "-".join(drawn[at : at + 4] for at in range(0, _LENGTH, 4))
