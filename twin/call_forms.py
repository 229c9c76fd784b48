"""The forms that the provider posts about a call.

Source: the provider's TwiML voice request parameters and its Call resource's status callback parameters.
"""

from datetime import datetime
from email.utils import format_datetime
from math import ceil

from twin.call_records import Call, CallStatus, Recording
from twin.callbacks import API_VERSION
from twin.wire import country

_WORD_FOR_QUEUED = "initiated"  # the first callback's word for a call that has begun to be dialled


def call_form(call: Call, account_sid: str) -> dict[str, str]:
    """What every request about a call holds."""
    ends = {"From": call.sender, "To": call.to, "Caller": call.sender, "Called": call.to}
    places = {f"{end}{part}": "" for end in ends for part in ("City", "State", "Zip")}
    countries = {f"{end}Country": country(number) for end, number in ends.items()}
    form = {
        **places,
        **countries,
        **ends,
        "CallSid": call.sid,
        "AccountSid": account_sid,
        "CallStatus": call.status.value,
        "ApiVersion": API_VERSION,
        "Direction": call.direction.value,
    }
    if call.parent:
        form["ParentCallSid"] = call.parent
    if call.answered_by:
        form["AnsweredBy"] = call.answered_by
    return form


def progress_form(call: Call, account_sid: str, now: datetime) -> dict[str, str]:
    """A status callback; each one counts `sequence` up."""
    form = call_form(call, account_sid) | {
        "CallbackSource": "call-progress-events",
        "Timestamp": format_datetime(now),
        "SequenceNumber": str(call.sequence),
    }
    if call.status is CallStatus.QUEUED:
        form["CallStatus"] = _WORD_FOR_QUEUED
    if call.status.is_final:
        form |= {"CallDuration": str(call.seconds), "Duration": str(ceil(call.seconds / 60))}
    if call.sip_code is not None:
        form["SipResponseCode"] = str(call.sip_code)
    return form


def detection_form(call: Call, account_sid: str, seconds: float) -> dict[str, str]:
    """What the detection that runs beside the call found."""
    return {
        "CallSid": call.sid,
        "AccountSid": account_sid,
        "AnsweredBy": call.answered_by,
        "MachineDetectionDuration": str(round(seconds * 1000)),
    }


def recording_form(recording: Recording, account_sid: str, url: str) -> dict[str, str]:
    """That a recording can be fetched."""
    return {
        "AccountSid": account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": url,
        "RecordingStatus": "completed",
        "RecordingDuration": str(recording.seconds),
        "RecordingChannels": "1",
        "RecordingStartTime": format_datetime(recording.created),
        "RecordingSource": "RecordVerb",
        "RecordingTrack": "inbound",
    }
