"""Lists of numbers: bringing one, and which there are."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from campaigns import numbers
from campaigns.models import NumberList
from console import words
from console.access import OfficerRequest, allowed
from console.forms.numbers import Bring
from core.officers import Permission

_SHOWN = 50  # bad lines shown at once: who has more has the wrong file


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(Permission.WRITE_CAMPAIGN)
def index(request: OfficerRequest) -> HttpResponse:
    """The lists that are kept; a file that is brought is kept whole, or its bad lines are named."""
    now = timezone.now()
    posted = request.method == "POST"
    form = Bring(request.POST, request.FILES) if posted else Bring()
    bad: list[tuple[int, str]] = []
    if form.is_valid():
        try:
            numbers.keep(form.cleaned_data["title"], form.content(), by=request.user, now=now)
        except numbers.Unusable as unusable:
            bad = [(line.line, str(words.BAD_LINES[line.reason])) for line in unusable.bad[:_SHOWN]]
        else:
            messages.success(
                request, pgettext("console", "The list is kept. Choose it when you write a campaign.")
            )
            return redirect("console:numbers")
    kept = NumberList.objects.filter(delete_at__gt=now).annotate(people=Count("entries"))
    context = {
        "form": form,
        "bad": bad,
        "lists": kept.select_related("officer").order_by("-uploaded_at", "-pk"),
    }
    status = 422 if bad or form.errors else 200
    return render(request, "console/numbers.html", context, status=status)
