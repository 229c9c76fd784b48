"""Where the provider fetches a clip that a call plays."""

from typing import Final

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from channels_voice.clips import store

# A name stands for one sound for ever, so whoever has fetched it never needs to ask again.
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@require_safe
def clip(_request: HttpRequest, name: str) -> HttpResponse:
    """The clip of a name that we signed: 403 for any other name, 404 where there is none (any more).

    Where it was replaced meanwhile, what replaced it; that is not kept under the old name.
    """
    try:
        sound, keeps = store.sound_of(name), _FOR_EVER
        if sound is None:
            sound, keeps = store.successor_of(name), "no-store"
    except BadSignature:
        return HttpResponse(status=403)
    if sound is None:
        return HttpResponse(status=404)
    headers = {"Cache-Control": keeps, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(sound, content_type="audio/wav", headers=headers)
