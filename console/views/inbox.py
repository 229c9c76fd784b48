"""Texts that no rule could read: an officer reads them, answers, and puts them away."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from channels_sms import segments
from console import context, names, words
from console.access import OfficerRequest, allowed
from console.forms.cases import Answer
from core import audit, delivery
from core.models import Message
from core.officers import Permission

PAGE: Final = 20


@require_safe
@allowed(Permission.WORK_CASES)
def index(request: OfficerRequest) -> HttpResponse:
    """What waits to be read, oldest first."""
    rows = context.unread().select_related("contact").order_by("created_at", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for message in page:
        tag = message.contact.language
        message.answer_form = Answer(  # type: ignore[attr-defined] # for the template
            language=tag, direction=names.direction(tag), auto_id=f"id_{message.pk}_%s"
        )
    if page:
        audit.record(
            "inbox.opened",
            by=request.user,
            subject=None,
            now=timezone.now(),
            purpose="reading",
            figures={"texts": len(page)},
        )
    return render(request, "console/inbox.html", {"page": page})


@require_POST
@allowed(Permission.WORK_CASES)
def read(request: OfficerRequest, pk: int) -> HttpResponse:
    """Put a text away; it can be brought back."""
    message = get_object_or_404(Message, pk=pk, direction=Message.Direction.IN)
    Message.objects.filter(pk=pk).update(unclear=False)
    audit.record("inbox.read", by=request.user, subject=message, now=timezone.now())
    undo = reverse("console:inbox-unread", args=[pk])
    messages.success(request, pgettext("console", "Marked as read."), extra_tags=undo)
    return redirect("console:inbox")


@require_POST
@allowed(Permission.WORK_CASES)
def unread(request: OfficerRequest, pk: int) -> HttpResponse:
    """Bring a text back."""
    message = get_object_or_404(Message, pk=pk, direction=Message.Direction.IN)
    Message.objects.filter(pk=pk).update(unclear=True)
    audit.record("inbox.unread", by=request.user, subject=message, now=timezone.now())
    messages.success(request, pgettext("console", "The text is back in the inbox."))
    return redirect("console:inbox")


@require_POST
@allowed(Permission.WORK_CASES)
def reply(request: OfficerRequest, pk: int) -> HttpResponse:
    """Answer a text and put it away."""
    message = get_object_or_404(
        Message.objects.select_related("contact"), pk=pk, direction=Message.Direction.IN
    )
    form = Answer(request.POST)
    if not form.is_valid():
        for mistake in form.errors["text"]:
            messages.warning(request, str(mistake))
        return redirect("console:inbox")
    text = form.cleaned_data["text"]
    now = timezone.now()
    try:
        delivery.send_one(message.contact, text, segments=segments.count(text).segments, now=now)
    except delivery.OptedOut:
        messages.warning(request, str(words.OPTED_OUT))
    except delivery.NoSender:
        messages.warning(request, str(words.NO_SENDER))
    else:
        Message.objects.filter(pk=pk).update(unclear=False)
        audit.record("inbox.replied", by=request.user, subject=message, now=now)
        messages.success(
            request, pgettext("console", "Your answer is on its way, and the text is marked as read.")
        )
    return redirect("console:inbox")
