"""Texts that no rule could read: an officer takes a phone's, reads them, answers, and puts them away."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from campaigns import inbox
from console import calling, names, people, phrases, words
from console.access import OfficerRequest, allowed
from console.forms.cases import Answer
from console.forms.journey import Journey
from core import audit, delivery, duty, pins
from core.dialogues import line, registration_words, shared_phone
from core.dialogues.registration import today_of
from core.models import ContactPoint
from core.officers import Permission

PAGE: Final = 30


@require_safe
@allowed(Permission.WORK_CASES)
def index(request: OfficerRequest) -> HttpResponse:
    """Who waits to be read: in an open check-in first, then the longest wait. No words, so no audit line."""
    show = request.GET.get("show", "")
    shelf = inbox.Shelf(show) if show in set(inbox.Shelf) else inbox.Shelf.WAITING
    now = timezone.now()
    page = Paginator(inbox.on(shelf, request.user, now), PAGE).get_page(request.GET.get("page"))
    trips = people.whereabouts([contact.person_id for contact in page], now.date())
    found = {
        "page": page,
        "rows": [(contact, trips.get(contact.person_id or 0)) for contact in page],
        "show": shelf.value,
        "counts": inbox.counts(request.user, now),
        "on_duty": len(duty.on_duty(now)),
    }
    return render(request, "console/inbox.html", found)


@require_safe
@allowed(Permission.WORK_CASES)
def show(request: OfficerRequest, pk: int) -> HttpResponse:
    """What one phone wrote. Whoever has a case is answered there; each reading is audited."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    if case := inbox.case_of(contact):
        return redirect("console:case", case.pk)
    return _shown(request, contact, _empty_answer(contact), status=200)


@require_POST
@allowed(Permission.WORK_CASES)
def claim(request: OfficerRequest, pk: int) -> HttpResponse:
    """Take a phone's texts."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    _done(request, lambda: inbox.claim(contact, by=request.user, now=timezone.now()))
    return redirect("console:inbox-texts", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def release(request: OfficerRequest, pk: int) -> HttpResponse:
    """Hand them back."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    if _done(request, lambda: inbox.release(contact, by=request.user, now=timezone.now())):
        messages.success(request, pgettext("console", "The text is back in the inbox."))
    return redirect("console:inbox")


@require_POST
@allowed(Permission.WORK_CASES)
def read(request: OfficerRequest, pk: int) -> HttpResponse:
    """Put a phone's texts away; they can be brought back."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    if _put_away(request, contact, timezone.now(), pgettext("console", "Marked as read.")):
        return redirect("console:inbox")
    return redirect("console:inbox-texts", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def unread(request: OfficerRequest, pk: int) -> HttpResponse:
    """Bring texts back."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    texts = [int(text) for text in request.GET.getlist("text") if text.isdigit()]
    inbox.bring_back(contact, texts, by=request.user, now=timezone.now())
    messages.success(request, pgettext("console", "The text is back in the inbox."))
    return redirect("console:inbox-texts", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def reply(request: OfficerRequest, pk: int) -> HttpResponse:
    """Answer a phone, as the officer who has its texts, and put them away."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    now = timezone.now()
    if inbox.holder(contact, now) != request.user:
        messages.warning(request, str(words.TEXTS_TAKEN))
        return redirect("console:inbox-texts", pk)
    data = request.POST.copy()
    data["text"] = data.get("text", "").strip() or phrases.text_of(data.get("phrase", ""), contact.language)
    form = Answer(data, language=contact.language, direction=names.direction(contact.language))
    if not form.is_valid():
        return _shown(request, contact, form, status=422)
    if _done(request, lambda: delivery.send_one(contact, form.cleaned_data["text"], now=now)):
        inbox.answered(contact, by=request.user, now=now)
        _put_away(request, contact, now, _on_its_way())
        return redirect("console:inbox")
    return redirect("console:inbox-texts", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def type_in(request: OfficerRequest, pk: int) -> HttpResponse:
    """Take in a journey that the person said, put the texts away, and have the person told or asked."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    now, upto = timezone.now(), request.POST.get("upto", "")
    form = Journey(request.POST, today=today_of(contact, now))
    if not form.is_valid():
        return _shown(request, contact, _empty_answer(contact), journey=form, status=422)
    seen = int(upto) if upto.isdigit() else 0
    if _done(request, lambda: inbox.type_in(contact, form.draft(), seen, by=request.user, now=now)):
        messages.success(request, _on_its_way())
        return redirect("console:inbox")
    return redirect("console:inbox-texts", pk)


@require_POST
@allowed(Permission.WORK_CASES)
def take_pin_away(request: OfficerRequest, pk: int) -> HttpResponse:
    """Take a forgotten PIN away, as the officer who answers the phone."""
    contact = get_object_or_404(ContactPoint, pk=pk)
    if _done(request, lambda: inbox.take_pin_away(contact, by=request.user, now=timezone.now())):
        messages.success(request, shared_phone.unmarked().text)
    return redirect("console:inbox-texts", pk)


def _on_its_way() -> str:
    return pgettext("console", "Your answer is on its way, and the text is marked as read.")


def _empty_answer(contact: ContactPoint) -> Answer:
    return Answer(language=contact.language, direction=names.direction(contact.language))


def _shown(
    request: OfficerRequest,
    contact: ContactPoint,
    form: Answer,
    *,
    journey: Journey | None = None,
    status: int,
) -> HttpResponse:
    now = timezone.now()
    texts = list(
        inbox.unread().filter(contact=contact).select_related("recording").order_by("created_at", "pk")
    )
    holder = inbox.holder(contact, now)
    trip = people.whereabouts([contact.person_id], now.date()).get(contact.person_id or 0)
    audit.record("inbox.opened", by=request.user, subject=contact, now=now, purpose="reading")
    found = {
        "contact": contact,
        "texts": texts,
        "upto": texts[-1].pk if texts else 0,
        "holder": holder,
        "mine": holder == request.user,
        "trip": trip,
        "zones": names.zones([trip.country] if trip else []),
        "thread": people.thread(contact),
        "answer": form,
        "phrases": phrases.ready(contact.language),
        "journey": journey or _journey(contact, now),
        "recorded": any(getattr(text, "recording", None) for text in texts),
        "shared": pins.is_shared(contact),
    }
    if found["mine"]:
        found |= calling.panel(request.user, contact, reverse("console:inbox-call", args=[contact.pk]))
    return render(request, "console/inbox_texts.html", found, status=status)


def _journey(contact: ContactPoint, now: datetime) -> Journey:
    """The form, filled with what the caller had keyed before an answer was recorded."""
    keyed = Journey.initial_of(line.told_before(contact, now))
    return Journey(today=today_of(contact, now), initial=keyed)


def _put_away(request: OfficerRequest, contact: ContactPoint, now: datetime, told: str) -> bool:
    upto = request.POST.get("upto", "")
    seen = int(upto) if upto.isdigit() else 0
    away: list[int] = []
    if not _done(request, lambda: away.extend(inbox.put_away(contact, seen, by=request.user, now=now))):
        return False
    undo = f"{reverse('console:inbox-unread', args=[contact.pk])}?{urlencode({'text': away}, doseq=True)}"
    messages.success(request, told, extra_tags=undo if away else "")
    return True


_WHY_NOT: Final[Mapping[type[Exception], Callable[[], str]]] = {
    inbox.Taken: lambda: str(words.TEXTS_TAKEN),
    inbox.TooMany: lambda: registration_words.too_many().text,
    delivery.OptedOut: lambda: str(words.OPTED_OUT),
    delivery.NoSender: lambda: str(words.NO_SENDER),
}


def _done(request: OfficerRequest, deed: Callable[[], object]) -> bool:
    """Do it; where it cannot be done nothing has changed, and the officer reads why."""
    try:
        deed()
    except tuple(_WHY_NOT) as why:
        messages.warning(request, _WHY_NOT[type(why)]())
        return False
    return True
