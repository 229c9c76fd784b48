"""Codes from below, said to an officer: what happened and what to do."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from campaigns.ladder import Way
from campaigns.models import OUT_OF_TIME, Campaign
from campaigns.numbers import Wrong
from campaigns.rule import LeftOut
from campaigns.states import Move, Refusal
from campaigns.templates import Template
from channels_voice.models import Bridge
from channels_voice.outcomes import Outcome
from core.officers import Role
from telephony.health import Standing
from telephony.messages import Channel, DeliveryStatus

DELIVERY: Final[Mapping[str, str | Promise]] = {
    "planned": pgettext_lazy("console", "Planned"),
    DeliveryStatus.QUEUED: pgettext_lazy("console", "Waiting to go"),
    DeliveryStatus.SENDING: pgettext_lazy("console", "Being sent"),
    DeliveryStatus.SENT: pgettext_lazy("console", "Sent"),
    DeliveryStatus.DELIVERED: pgettext_lazy("console", "Delivered"),
    DeliveryStatus.UNDELIVERED: pgettext_lazy("console", "Not delivered"),
    DeliveryStatus.FAILED: pgettext_lazy("console", "Refused"),
    "skipped": pgettext_lazy("console", "Left out"),
}

CALLS: Final[Mapping[str, str | Promise]] = {
    Outcome.KEYED: pgettext_lazy("console", "Answered"),
    Outcome.PICKED_UP: pgettext_lazy("console", "Picked up, no key pressed"),
    Outcome.MACHINE: pgettext_lazy("console", "Answering machine"),
    Outcome.BUSY: pgettext_lazy("console", "Busy"),
    Outcome.NO_ANSWER: pgettext_lazy("console", "Nobody picked up"),
    Outcome.DECLINED: pgettext_lazy("console", "Declined"),
    Outcome.FAILED: pgettext_lazy("console", "Call failed"),
    Outcome.RINGING: pgettext_lazy("console", "Being called"),
}

CHANNELS: Final[Mapping[str, str | Promise]] = {
    Channel.SMS: pgettext_lazy("console", "Texts"),
    Channel.VOICE: pgettext_lazy("console", "Calls"),
}

WAYS: Final[Mapping[Way, str | Promise]] = {
    Way.TEXT: pgettext_lazy("console", "the same text again"),
    Way.OTHER_SENDER: pgettext_lazy("console", "the same text from another of our numbers, if there is one"),
    Way.CALL: pgettext_lazy("console", "an automatic call"),
    Way.CONTACT: pgettext_lazy("console", "a text to the emergency contact, for those who named one"),
    Way.LIST: pgettext_lazy("console", "on the list of the case officers"),
}
"""What is done on a rung of a ladder, behind how long it waits."""

OPTED_OUT: Final = pgettext_lazy(
    "console", "Nothing was done: this phone said STOP, so we may neither text nor call it."
)
NO_SENDER: Final = pgettext_lazy(
    "console", "Not sent: none of our numbers reaches that country. Call instead."
)
BRIDGES: Final[Mapping[str, str | Promise]] = {
    Bridge.Outcome.CONNECTED: pgettext_lazy("console", "Connected"),
    Bridge.Outcome.BUSY: pgettext_lazy("console", "Busy"),
    Bridge.Outcome.NO_ANSWER: pgettext_lazy("console", "Nobody picked up"),
    Bridge.Outcome.FAILED: pgettext_lazy("console", "Call failed"),
    Bridge.Outcome.NOT_PICKED_UP: pgettext_lazy("console", "The officer did not pick up"),
    Bridge.Outcome.NOT_PRESSED: pgettext_lazy("console", "The officer pressed no key"),
    Bridge.Outcome.NOT_RUNG: pgettext_lazy("console", "The officer's phone could not be rung"),
    Bridge.Outcome.NO_LINE: pgettext_lazy("console", "All our lines are busy: try again in a minute"),
    Bridge.Outcome.CONFIRMED: pgettext_lazy("console", "Confirmed"),
}
"""What came of an officer's call to a person."""

RINGS_OFFICER: Final = pgettext_lazy("console", "Your phone rings")
PRESS_ONE: Final = pgettext_lazy("console", "Press 1 on your phone")
RINGS_PERSON: Final = pgettext_lazy("console", "The person's phone rings")

NO_PHONE: Final = pgettext_lazy(
    "console", "Not called: first confirm in your settings on which phone we ring you."
)
NO_VOICE: Final = pgettext_lazy("console", "None of our numbers can call that country.")
ON_THE_LINE: Final = pgettext_lazy("console", "Not called: one of you is on another call.")
TOO_OFTEN: Final = pgettext_lazy("console", "Not called: too many calls within ten minutes. Wait a little.")

CASE_TAKEN: Final = pgettext_lazy(
    "console", "A colleague was faster: this case has changed. Below is how it stands now."
)

CASE_UNREAD: Final = pgettext_lazy(
    "console", "There is more from this person than you had read. Read it below; the case is not closed."
)

TEXTS_TAKEN: Final = pgettext_lazy("console", "A colleague was faster and answers this person.")

STANDINGS: Final[Mapping[Standing, str | Promise]] = {
    Standing.WELL: pgettext_lazy("console", "Delivers"),
    Standing.SPARED: pgettext_lazy("console", "Delivers badly: others take over"),
    Standing.RETURNING: pgettext_lazy("console", "Coming back step by step"),
}
"""How a number of ours fares with the phones of one country."""

ROLES: Final[Mapping[Role, str | Promise]] = {
    Role.AUTHOR: pgettext_lazy("console", "Author: writes campaigns, sends approved ones"),
    Role.APPROVER: pgettext_lazy("console", "Approver: also approves what others wrote"),
    Role.CASE_OFFICER: pgettext_lazy("console", "Case officer: helps people, reads the inbox"),
    Role.ANALYST: pgettext_lazy("console", "Analyst: sees figures, never a person"),
    Role.ADMIN: pgettext_lazy("console", "Administrator: manages accounts, sends nothing"),
}

TEMPLATES: Final[Mapping[Template, str | Promise]] = {
    Template.CHECK_IN: pgettext_lazy("console", "Check-in"),
    Template.EARTHQUAKE: pgettext_lazy("console", "Earthquake"),
    Template.FLOOD: pgettext_lazy("console", "Flood"),
    Template.CONFLICT: pgettext_lazy("console", "Fighting"),
    Template.EVACUATION: pgettext_lazy("console", "Evacuation"),
    Template.EPIDEMIC: pgettext_lazy("console", "Epidemic"),
    Template.ALL_CLEAR: pgettext_lazy("console", "All-clear"),
}

LEFT_OUT: Final[Mapping[str, str | Promise]] = {
    LeftOut.OPTED_OUT: pgettext_lazy("console", "said STOP"),
    LeftOut.REFUSES_TEXTS: pgettext_lazy("console", "phone takes no texts"),
    LeftOut.NO_SENDER: pgettext_lazy("console", "no number of ours reaches the phone's country"),
    LeftOut.OTHER_PHONE: pgettext_lazy("console", "second phone of somebody who is reached"),
    LeftOut.NO_PLACE: pgettext_lazy("console", "named no city, and only whoever is at the place is asked"),
    LeftOut.TRIP_OVER: pgettext_lazy("console", "has left already"),
    LeftOut.REFUSES_BOTH: pgettext_lazy("console", "phone takes neither texts nor calls"),
    LeftOut.NO_CALLER: pgettext_lazy(
        "console", "must be called, and no number of ours calls the phone's country"
    ),
    LeftOut.SPARED: pgettext_lazy("console", "left out by what they answered before"),
    LeftOut.SAID_NO: pgettext_lazy("console", "did not agree to be contacted"),
    LeftOut.UNCONFIRMED: pgettext_lazy("console", "no word on whether they agreed"),
}

BAD_LINES: Final[Mapping[Wrong, str | Promise]] = {
    Wrong.NOT_A_TABLE: pgettext_lazy("console", "this is not a CSV file with the columns number and consent"),
    Wrong.TOO_LONG: pgettext_lazy("console", "the file has too many lines: split it"),
    Wrong.NUMBER: pgettext_lazy("console", "not a phone number with + and country code"),
    Wrong.TWICE: pgettext_lazy("console", "this number stands further up already"),
    Wrong.CONSENT: pgettext_lazy("console", "consent is neither yes, no nor empty"),
    Wrong.LANGUAGE: pgettext_lazy("console", "not the code of a language we speak"),
}

STATES: Final[Mapping[str, str | Promise]] = {
    Campaign.State.DRAFT: pgettext_lazy("console", "Draft"),
    Campaign.State.SUBMITTED: pgettext_lazy("console", "Waiting for approval"),
    Campaign.State.APPROVED: pgettext_lazy("console", "Approved"),
    Campaign.State.RUNNING: pgettext_lazy("console", "Being sent"),
    Campaign.State.PAUSED: pgettext_lazy("console", "Paused"),
    # Done with sending; answers still come, so it is not over for the people who read this.
    Campaign.State.DONE: pgettext_lazy("console", "All sent"),
    Campaign.State.STOPPED: pgettext_lazy("console", "Stopped"),
}

EXPIRED: Final = pgettext_lazy("console", "Expired")
"""A campaign that its own time has stopped."""

STORY: Final[Mapping[str, str | Promise]] = {
    "campaign.created": pgettext_lazy("console", "Written"),
    "campaign.edited": pgettext_lazy("console", "Changed"),
    Move.SUBMIT: pgettext_lazy("console", "Approval asked for"),
    Move.APPROVE: pgettext_lazy("console", "Approved"),
    Move.SEND_BACK: pgettext_lazy("console", "Sent back"),
    Move.LAUNCH: pgettext_lazy("console", "Sending began"),
    Move.PAUSE: pgettext_lazy("console", "Paused"),
    Move.RESUME: pgettext_lazy("console", "Sending went on"),
    Move.STOP: pgettext_lazy("console", "Stopped"),
    Move.FINISH: pgettext_lazy("console", "Sent to everyone"),
    Move.EXPIRE: EXPIRED,
    "campaign.corrected": pgettext_lazy("console", "Corrected"),
    "campaign.asked_again": pgettext_lazy("console", "Asked again within six hours"),
    "campaign.ended_by_all_clear": pgettext_lazy("console", "Ended by an all-clear"),
    "campaign.quiet_hours_overridden": pgettext_lazy("console", "People asked at night too"),
    "campaign.contacts_asked": pgettext_lazy("console", "Emergency contacts asked"),
}

REFUSALS: Final[Mapping[str, str | Promise]] = {
    "not_allowed": pgettext_lazy("console", "Your role does not do this. Ask a colleague whose role does."),
    "wrong_state": pgettext_lazy(
        "console",
        "Nothing was done: a colleague has moved this campaign meanwhile. Below is how it stands now.",
    ),
    "same_person": pgettext_lazy(
        "console", "You had a hand in this campaign, so somebody else must approve it."
    ),
    "nobody_to_reach": pgettext_lazy(
        "console", "Nothing was sent: nobody is there who can be texted. Look at the list of who is left out."
    ),
    "nobody_to_tell": pgettext_lazy("console", "Sending is stopped for good. Answers still come in."),
    "too_many": pgettext_lazy(
        "console",
        "Nothing was done: it is for more than three times as many people as when an officer last looked. "
        "Find out why, then type the number.",
    ),
    "asked_recently": pgettext_lazy("console", "Tick it if they are to be asked again so soon."),
    "too_late": pgettext_lazy(
        "console",
        "Nothing was sent: the moment after which nothing is sent has passed. "
        "Send it back and choose another.",
    ),
    "alert_expired": pgettext_lazy("console", "It has expired."),
    "text_missing": pgettext_lazy(
        "console", "Write the first text: everyone without a text of their own gets it."
    ),
    "reason_missing": pgettext_lazy("console", "Say what should change: the author reads it."),
    "wrong_draft": pgettext_lazy(
        "console", "Something in the draft cannot be used. Check every field once more."
    ),
    "unanswered": pgettext_lazy(
        "console",
        "What asks for no answer is sent once, as a text. To repeat it or to call people, "
        "ask for a sign that they have read it.",
    ),
    "placeholder": pgettext_lazy(
        "console",
        "A placeholder such as {place} still stands in a text. Write in its place what people are to read.",
    ),
}


def left_out(counts: Mapping[str, int]) -> Sequence[tuple[str, int]]:
    """Why how many are left out, in words, the most first; who was never asked is another figure."""
    told = {reason: count for reason, count in counts.items() if count and reason != OUT_OF_TIME}
    rows = [(str(LEFT_OUT.get(reason, reason)), count) for reason, count in told.items()]
    return sorted(rows, key=lambda row: -row[1])


def refused(refusal: Refusal) -> str:
    """Why nothing was done: of a draft, the field's own words where there are some."""
    return str(REFUSALS.get(refusal.detail) or REFUSALS[refusal.code])
