"""Coming in, choosing a password, going out."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import pgettext

from console.forms.session import ChoosePassword, LogIn
from core import audit
from core.models import Officer


class Enter(LoginView):
    """The log-in page; afterwards the console speaks the officer's language."""

    template_name = "console/login.html"
    authentication_form = LogIn
    redirect_authenticated_user = True

    def form_valid(self, form: LogIn) -> HttpResponse:  # type: ignore[override] # the form named above
        """Let the officer in and remember their language in this browser."""
        response = super().form_valid(form)
        speak(response, form.get_user().language)
        return response


class Leave(LogoutView):
    """The log-out button."""

    next_page = "console:login"


class Password(PasswordChangeView):
    """Choose a password: forced at the first log-in, possible at any time."""

    template_name = "console/password.html"
    form_class = ChoosePassword
    success_url = reverse_lazy("console:now")

    def form_valid(self, form: ChoosePassword) -> HttpResponse:  # type: ignore[override] # the form named above
        """Keep the new password; the one-time password is spent."""
        officer = form.user
        officer.must_change_password = False
        response = super().form_valid(form)
        audit.record("password-changed", by=officer, subject=officer, now=timezone.now())
        messages.success(self.request, pgettext("console", "Your new password is in force from now on."))
        return response

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Whether the officer is here because they must be."""
        officer = cast("Officer", self.request.user)
        return {**super().get_context_data(**kwargs), "forced": officer.must_change_password}


def speak(response: HttpResponse, language: str) -> None:
    """Make this browser's pages speak that language from the next one on; empty leaves it as it is."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
