"""Voices that people left on a call, for the officers who act on them."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from channels_voice import recordings
from channels_voice.models import Recording
from console.access import OfficerRequest, allowed
from core import audit
from core.officers import Permission


@require_safe
@allowed(Permission.WORK_CASES)
def play(request: OfficerRequest, pk: int) -> HttpResponse:
    """The sound of one recording, kept by no browser; each time is audited."""
    recording = get_object_or_404(Recording, pk=pk)
    sound = recordings.sound_of(recording)
    if not sound:
        raise Http404
    audit.record(
        "recording.played", by=request.user, subject=recording, now=timezone.now(), purpose="listening"
    )
    return HttpResponse(sound, content_type="audio/wav", headers={"Cache-Control": "no-store"})
