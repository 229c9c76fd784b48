"""Going on from a campaign that was sent: its update, its all-clear."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from campaigns import following, launch
from campaigns.models import Campaign
from console import board, names, words
from console.access import OfficerRequest, allowed, typed
from console.forms.following import Following
from core.officers import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def follow(request: OfficerRequest, pk: int) -> HttpResponse:
    """Ask what it is to be and for whom, then open its draft."""
    campaign = get_object_or_404(Campaign, pk=pk)
    form = Following(typed(request))
    if form.is_valid():
        try:
            made = following.follow(campaign, form.follow(), by=request.user, now=timezone.now())
        except launch.Refusal as refusal:
            messages.warning(request, str(words.REFUSALS[refusal.code]))
            return redirect("console:campaign", pk)
        messages.success(request, pgettext("console", "The draft is kept. Nothing has been sent."))
        return redirect("console:campaign-edit", made.pk)
    context = {
        "campaign": campaign,
        "zones": names.zones(board.countries(campaign)),
        "heading": pgettext("console", "Write an update or the all-clear"),
        "form": form,
    }
    return render(request, "console/follow.html", context, status=422 if form.errors else 200)
