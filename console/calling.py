"""An officer's call to a person, as a page shows it while it goes on: where it stands and what to do."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise

from campaigns.cases import CaseTaken
from campaigns.inbox import Taken
from channels_voice import bridging
from channels_voice.models import Bridge
from console import words
from core import delivery, officer_phones
from core.models import ContactPoint, Officer
from telephony.messages import CallStatus

WHY_NOT: Final[Mapping[type[Exception], str | Promise]] = {
    bridging.NoPhone: words.NO_PHONE,
    bridging.Busy: words.ON_THE_LINE,
    bridging.TooOften: words.TOO_OFTEN,
    delivery.OptedOut: words.OPTED_OUT,
    delivery.NoSender: words.NO_VOICE,
    CaseTaken: words.CASE_TAKEN,
    Taken: words.TEXTS_TAKEN,
}
"""Why nobody is rung, by what is raised."""


def panel(officer: Officer, contact: ContactPoint, url: str) -> dict[str, object]:
    """What `console/call.html` shows; `url` is where a call is asked for and the panel fetched again."""
    phone = officer_phones.of(officer)
    bridge = bridging.latest(officer, contact)
    return {
        "call_url": url,
        "can_call": phone is not None and phone.confirmed_at is not None,
        "call": bridge,
        "call_stage": stage(bridge) if bridge else "",
        "call_language": contact.language if contact.language != officer.language else "",
    }


def stage(bridge: Bridge) -> str | Promise:
    """Where the call stands, or what came of it."""
    if bridge.ended_at is not None:
        return words.BRIDGES[bridge.outcome]
    if bridge.pressed_at is not None and bridge.call is not None:
        answered = bridge.call.status == CallStatus.IN_PROGRESS
        return words.BRIDGES[Bridge.Outcome.CONNECTED] if answered else words.RINGS_PERSON
    picked_up = bridge.status == CallStatus.IN_PROGRESS and not bridge.code
    return words.PRESS_ONE if picked_up else words.RINGS_OFFICER
