"""The page before each step with a campaign: what it will do, in numbers, and the one button that does it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy
from django.views.decorators.http import require_http_methods

from campaigns import collecting, correction, following, ladder, launch, tally, templates, versions
from campaigns.audience import Audience
from campaigns.models import Campaign
from campaigns.preview import Preview, preview
from campaigns.states import Move
from campaigns.states import allowed as can
from console import board, changes, names, steps, words
from console.access import Guarded, OfficerRequest, allowed, typed
from console.forms.campaigns import Approve, Launch, SendBack
from core.models import Officer
from core.officers import Permission


class NoFields(forms.Form):
    """A step that asks for nothing but its button."""


@dataclass(frozen=True)
class Looked:
    """A campaign as one request looks at it: everybody it would reach is counted once, if at all."""

    campaign: Campaign
    now: datetime

    @cached_property
    def preview(self) -> Preview:
        """Whom a launch at that moment would reach."""
        return preview(self.campaign, self.now)


Act = Callable[[Campaign, forms.Form, Officer, datetime], None]
Foresee = Callable[[Looked], steps.Effect]
Ask = Callable[[OfficerRequest, Looked], forms.Form]


@dataclass(frozen=True, slots=True)
class Page:
    """One step as a page. `possible` says whether the campaign is where the step begins."""

    possible: Callable[[Campaign, Officer], bool]
    foresee: Foresee
    act: Act
    said: str | Promise
    ask: Ask = lambda request, _looked: NoFields(typed(request))
    shows_texts: bool = False
    holds: bool = False
    """What the page showed is what is meant: if it was changed since, nothing is done."""
    shows_correction: Callable[[Looked], Sequence[str]] | None = None  # in which languages


def _page(permission: Permission, page: Page) -> Guarded[[int]]:
    """The view of a step: the effect first, then the deed, then the campaign as it stands."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @allowed(permission)
    def view(request: OfficerRequest, pk: int) -> HttpResponse:
        campaign = get_object_or_404(Campaign, pk=pk)
        if not page.possible(campaign, request.user):
            return _moved_on(request, pk, _why_not(campaign, request.user))
        looked = Looked(campaign, timezone.now())
        form = page.ask(request, looked)
        if request.method != "POST" or not form.is_valid():
            return _before(request, looked, page, form)
        try:
            _do(request, campaign, page, form)
        except launch.NotAllowed as refusal:
            raise PermissionDenied from refusal
        except launch.Refusal as refusal:
            return _moved_on(request, pk, refusal.code)
        messages.success(request, str(page.said))
        return redirect("console:campaign", pk)

    return view


def _do(request: OfficerRequest, campaign: Campaign, page: Page, form: forms.Form) -> None:
    """Do it; what must be as it was shown is held until it is done."""
    if not page.holds:
        page.act(campaign, form, request.user, timezone.now())
        return
    with transaction.atomic():
        launch.hold(campaign, request.POST.get("seen", ""))
        page.act(campaign, form, request.user, timezone.now())


def _before(request: OfficerRequest, looked: Looked, page: Page, form: forms.Form) -> HttpResponse:
    campaign, effect = looked.campaign, page.foresee(looked)
    context = {
        "campaign": campaign,
        "zones": names.zones(board.countries(campaign)),
        "seen": versions.mark(campaign) if page.holds else "",
        "heading": effect.heading,
        "effects": effect.lines,
        "counted": looked.now if effect.counts else None,
        "button": effect.button,
        "destructive": effect.destructive,
        "form": form,
        "rule": Audience.from_json(campaign.audience).sentences() if page.shows_texts else (),
        "texts": board.texts(campaign) if page.shows_texts else (),
        "differing": templates.differing(campaign) if page.shows_texts else (),
        "corrections": board.corrections(campaign, page.shows_correction(looked))
        if page.shows_correction
        else (),
        "rungs": ladder.of(campaign).rungs[1:] if page.shows_texts else (),
        "back": reverse("console:campaign", args=[campaign.pk]),
        "changes": changes.since_sent_back(campaign) if page.shows_texts else (),
    }
    return render(request, "console/step.html", context, status=422 if form.errors else 200)


def _moved_on(request: OfficerRequest, pk: int, code: str) -> HttpResponse:
    messages.warning(request, str(words.REFUSALS[code]))
    return redirect("console:campaign", pk)


def _why_not(campaign: Campaign, officer: Officer) -> str:
    """Two people: the one who had a hand in it is told so, everyone else that it has moved on."""
    waits = campaign.state == Campaign.State.SUBMITTED
    return "same_person" if waits and officer.may(Permission.APPROVE_CAMPAIGN) else "wrong_state"


def _when(move: Move) -> Callable[[Campaign, Officer], bool]:
    return lambda campaign, officer: can(campaign, move, by=officer)


def _countries(campaign: Campaign) -> list[str]:
    tag = get_language() or "en"
    return [names.country(code, tag) for code in board.countries(campaign)]


def _typed(request: OfficerRequest, looked: Looked) -> forms.Form:
    return Approve(typed(request), countries=_countries(looked.campaign), total=looked.preview.total)


def _sending(request: OfficerRequest, looked: Looked) -> forms.Form:
    campaign, total = looked.campaign, looked.preview.total
    recent = following.asked_recently(campaign, looked.now) is not None
    return Launch(typed(request), total=total, grown=launch.has_grown(campaign, total), recent=recent)


def _count(form: forms.Form) -> int | None:
    """The number that the officer typed, where it was asked for."""
    digits = form.cleaned_data.get("count")
    return int(digits) if digits else None


submit = _page(
    Permission.WRITE_CAMPAIGN,
    Page(
        _when(Move.SUBMIT),
        lambda looked: steps.submitting(looked.campaign, looked.preview),
        lambda campaign, _form, by, now: launch.submit(campaign, by=by, now=now),
        pgettext_lazy("console", "It waits for approval now. Approvers see it on their first page."),
        holds=True,
    ),
)
approve = _page(
    Permission.APPROVE_CAMPAIGN,
    Page(
        _when(Move.APPROVE),
        lambda looked: steps.approving(looked.campaign, looked.preview, _countries(looked.campaign)),
        lambda campaign, form, by, now: launch.approve(campaign, by=by, now=now, typed=_count(form)),
        pgettext_lazy("console", "It is approved. Nothing is sent until somebody sends it."),
        ask=_typed,
        shows_texts=True,
        holds=True,
        shows_correction=lambda looked: [row.language for row in looked.preview.texts],
    ),
)
send_back = _page(
    Permission.APPROVE_CAMPAIGN,
    Page(
        _when(Move.SEND_BACK),
        lambda _looked: steps.sending_back(),
        lambda campaign, form, by, now: launch.send_back(
            campaign, by=by, reason=form.cleaned_data["reason"], now=now
        ),
        pgettext_lazy("console", "It is a draft again, with your reason on top."),
        ask=lambda request, _looked: SendBack(typed(request)),
    ),
)
send = _page(
    Permission.LAUNCH_CAMPAIGN,
    Page(
        _when(Move.LAUNCH),
        lambda looked: steps.launching(looked.campaign, looked.preview),
        lambda campaign, form, by, now: launch.launch(
            campaign, by=by, now=now, typed=_count(form), again=bool(form.cleaned_data.get("again"))
        ),
        pgettext_lazy("console", "Sending has begun. This page moves by itself."),
        ask=_sending,
        shows_texts=True,
        holds=True,
    ),
)
pause = _page(
    Permission.STOP_CAMPAIGN,
    Page(
        _when(Move.PAUSE),
        lambda looked: steps.pausing(tally.of(looked.campaign).planned + collecting.to_come(looked.campaign)),
        lambda campaign, _form, by, now: launch.pause(campaign, by=by, now=now),
        pgettext_lazy("console", "Sending is paused."),
    ),
)
resume = _page(
    Permission.LAUNCH_CAMPAIGN,
    Page(
        _when(Move.RESUME),
        lambda looked: steps.resuming(looked.campaign),
        lambda campaign, _form, by, now: launch.resume(campaign, by=by, now=now),
        pgettext_lazy("console", "Sending goes on."),
    ),
)
stop = _page(
    Permission.STOP_CAMPAIGN,
    Page(
        _when(Move.STOP),
        lambda looked: steps.stopping(looked.campaign),
        lambda campaign, _form, by, now: launch.stop(campaign, by=by, now=now),
        pgettext_lazy("console", "Sending is stopped for good. Answers still come in."),
    ),
)


def _correct(campaign: Campaign, _form: forms.Form, by: Officer, now: datetime) -> None:
    correction.correct(campaign, by=by, now=now)


correct = _page(
    Permission.STOP_CAMPAIGN,
    Page(
        steps.can_correct,
        lambda looked: steps.correcting(looked.campaign),
        _correct,
        shows_correction=lambda looked: board.languages_of(looked.campaign),
        said=pgettext_lazy("console", "The correction is on its way to everyone who got it."),
    ),
)
