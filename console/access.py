"""The door of every page: who is signed in, what they may do, and who must choose a password first."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django_htmx.middleware import HtmxDetails

from core.models import Officer
from core.officers import Permission

P = ParamSpec("P")

PASSWORD_PAGE: Final = "console:password"  # noqa: S105 - the name of a page


class OfficerRequest(HttpRequest):
    """A request that passed the door: `user` is an officer with a password of their own."""

    user: Officer
    htmx: HtmxDetails


View = Callable[Concatenate[OfficerRequest, P], HttpResponse]
Guarded = Callable[Concatenate[HttpRequest, P], HttpResponse]


def allowed(permission: Permission) -> Callable[[View[P]], Guarded[P]]:
    """A page for officers who hold that permission; others get 403, and strangers the log-in."""
    return lambda view: _guard(view, permission)


def signed_in(view: View[P]) -> Guarded[P]:
    """A page for every officer, whatever the role."""
    return _guard(view, None)


def typed(request: HttpRequest) -> QueryDict | None:
    """What a form was filled with; None while the page is only looked at."""
    return request.POST if request.method == "POST" else None


def _guard(view: View[P], permission: Permission | None) -> Guarded[P]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        officer = request.user
        if not isinstance(officer, Officer) or not officer.is_active:
            return redirect_to_login(request.get_full_path())
        if officer.must_change_password:
            return redirect(PASSWORD_PAGE)
        if permission is not None and not officer.may(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)  # type: ignore[arg-type] # what it was is now proven

    guarded.permission = permission  # type: ignore[attr-defined] # the walk of all pages compares it
    return guarded  # type: ignore[return-value] # wraps() forgets that the request stays the first argument
