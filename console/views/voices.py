"""What callers hear in languages without a voice: listened to, recorded, taken back."""

from typing import Final

from csp.decorators import csp_update
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from channels_voice.clips import inventory, recorded, store
from channels_voice.clips.recorded import LARGEST, NotNeeded
from channels_voice.clips.sound import NoSound
from console.access import OfficerRequest, allowed
from core.languages import language
from core.officers import Permission

PAGE: Final = 40


@csp_update({"media-src": ["blob:"]})  # what was just recorded is heard before it is sent
@require_safe
@allowed(Permission.RECORD_VOICES)
def index(request: OfficerRequest) -> HttpResponse:
    """Each language with its progress, and the texts of one: all, or those missing or synthesised."""
    now = timezone.now()
    tag = _tag(request.GET.get("language", ""))
    only = request.GET.get("only", "")
    lines = [line for line in recorded.lines(tag, now) if _shown(line, only)]
    found = {
        "rows": [(language(one), store.coverage(one, now)) for one in inventory.unspoken()],
        "spoken": language(tag),
        "only": only if only in {"missing", "synthesised"} else "",
        "page": Paginator(lines, PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "console/voices.html", found)


@require_POST
@allowed(Permission.RECORD_VOICES)
def keep(request: OfficerRequest) -> HttpResponse:
    """Keep a recording of one text, uploaded as a file or recorded in the page."""
    tag = _tag(request.POST.get("language", ""))
    file = request.FILES.get("sound")
    wav = file.read() if isinstance(file, UploadedFile) and (file.size or 0) <= LARGEST else b""
    try:
        recorded.record(tag, request.POST.get("key", ""), wav, officer=request.user, now=timezone.now())
    except NotNeeded:
        raise Http404 from None
    except NoSound as no_sound:
        messages.warning(request, _refused(no_sound))
    else:
        messages.success(request, pgettext("console", "Saved. Callers hear it from now on."))
    return _back(request, tag)


@require_POST
@allowed(Permission.RECORD_VOICES)
def take_back(request: OfficerRequest) -> HttpResponse:
    """Forget a recording: what was synthesised is heard again, if anything was."""
    tag = _tag(request.POST.get("language", ""))
    if recorded.take_back(tag, request.POST.get("key", ""), officer=request.user, now=timezone.now()):
        messages.success(request, pgettext("console", "The recording is deleted."))
    return _back(request, tag)


def _refused(no_sound: NoSound) -> str:
    if no_sound.why in {"silent", "too-short"}:
        return pgettext(
            "console",
            "Not saved: speech could not be heard in it. Send a WAV file of at most 60 seconds.",
        )
    return pgettext("console", "Not saved: it must be a WAV file of at most 60 seconds.")


def _shown(line: recorded.Line, only: str) -> bool:
    if only == "missing":
        return not line.name
    return only != "synthesised" or not line.recorded


def _tag(wanted: str) -> str:
    unspoken = inventory.unspoken()
    if not unspoken or (wanted and wanted not in unspoken):
        raise Http404
    return wanted or unspoken[0]


def _back(request: OfficerRequest, tag: str) -> HttpResponse:
    place = {name: request.POST[name] for name in ("only", "page") if request.POST.get(name)}
    return redirect(f"{reverse('console:voices')}?{urlencode({'language': tag, **place})}")
