"""What every page shows around its content: the running campaigns, the places to go, the clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language, pgettext_lazy

from campaigns import inbox
from campaigns.models import Campaign, Case
from console import moments, names
from core import breaker, sender_health
from core.models import Breaker, Officer
from core.officers import Permission

_OUT: Final = (Campaign.State.RUNNING, Campaign.State.PAUSED)
LISTENING: Final = timedelta(days=3)
"""How long after its launch a campaign that is all sent still counts as running: answers are coming in."""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the rail."""

    page: str
    icon: str
    word: str | Promise
    permission: Permission | None
    pages: tuple[str, ...]  # the beginnings of the names of the pages that belong to it


PLACES: Final = (
    Place("console:now", "now", pgettext_lazy("console", "Now"), Permission.SEE_CAMPAIGNS, ("now",)),
    Place(
        "console:campaigns",
        "campaigns",
        pgettext_lazy("console", "Campaigns"),
        Permission.SEE_CAMPAIGNS,
        ("campaign", "board"),
    ),
    Place("console:cases", "cases", pgettext_lazy("console", "Help"), Permission.WORK_CASES, ("case",)),
    Place(
        "console:inbox", "inbox", pgettext_lazy("console", "Inbox"), Permission.WORK_CASES, ("inbox", "duty")
    ),
    Place(
        "console:figures",
        "figures",
        pgettext_lazy("console", "Figures"),
        Permission.SEE_FIGURES,
        ("figures",),
    ),
    Place(
        "console:officers",
        "officers",
        pgettext_lazy("console", "Officers"),
        Permission.MANAGE_OFFICERS,
        ("officer",),
    ),
    Place(
        "console:settings",
        "settings",
        pgettext_lazy("console", "Settings"),
        None,
        ("settings", "keys", "password"),
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as this officer sees it: where it leads, whether they are there, what waits."""

    url: str
    icon: str
    word: str | Promise
    current: bool
    count: int


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame around a page, for one officer."""

    running: Sequence[Campaign]  # each with `waiting`: help requests nobody has taken
    entries: Sequence[Entry]
    waiting: int
    inbox: int
    permissions: frozenset[str]
    shut_out: Breaker | None  # since when the provider refuses our account
    spared: bool  # a number of ours delivers badly and others take over


def shell(request: HttpRequest) -> Mapping[str, object]:
    """The context processor: names and times for every page, the frame for officers."""
    now = timezone.now()
    home = names.home_zone()
    tag = get_language() or "en"
    return {
        "now": now,
        "zones": (home,),
        "home_zone": home,
        "home_city": moments.city_of(home, tag),
        "service_name": settings.SERVICE_NAME,
        "language_tag": tag,
        "page_direction": names.direction(tag),
        "shell": SimpleLazyObject(lambda: _shell(request)),
    }


def running() -> QuerySet[Campaign]:
    """Campaigns that are out, the real ones first, each with `waiting`: help requests nobody has taken."""
    waiting = _asked_for_help().filter(campaign=OuterRef("pk")).order_by().values("campaign")
    listening = Q(
        state=Campaign.State.DONE, kind=Campaign.Kind.CHECK_IN, launched_at__gt=timezone.now() - LISTENING
    )
    return (
        Campaign.objects.filter(Q(state__in=_OUT) | listening)
        .annotate(waiting=Coalesce(Subquery(waiting.annotate(found=Count("*")).values("found")), 0))
        .order_by("drill", "-launched_at", "-pk")
    )


def unclaimed() -> QuerySet[Case]:
    """Help requests nobody has taken, the longest wait first; those of a drill are none."""
    return _asked_for_help().exclude(campaign__drill=True).order_by("opened_at", "pk")


def _asked_for_help() -> QuerySet[Case]:
    """In the terms of the index `case_waiting`."""
    return Case.objects.filter(state=Case.State.OPEN).exclude(reason=Case.Reason.SILENT)


def waiting() -> int:
    """How many wait for help. A drill keeps its own count, on its own chip, apart from people in need."""
    return unclaimed().count()


def _shell(request: HttpRequest) -> Shell | None:
    officer = request.user
    if not isinstance(officer, Officer) or officer.must_change_password:
        return None
    sees = officer.may(Permission.SEE_CAMPAIGNS)
    works = officer.may(Permission.WORK_CASES)
    waits = waiting() if sees else 0
    texts = inbox.count(timezone.now()) if works else 0
    counts = {"console:cases": waits, "console:inbox": texts}
    page = request.resolver_match.url_name or "" if request.resolver_match else ""
    return Shell(
        running=list(running()) if sees else [],
        entries=[
            Entry(
                reverse(place.page),
                place.icon,
                place.word,
                page.startswith(place.pages),
                counts.get(place.page, 0),
            )
            for place in PLACES
            if place.permission is None or officer.may(place.permission)
        ],
        waiting=waits,
        inbox=texts,
        shut_out=breaker.opened() if sees else None,
        spared=sees and sender_health.any_spared(),
        permissions=frozenset(
            permission.name.lower() for permission in Permission if officer.may(permission)
        ),
    )
