"""The provider's refusals: its codes, the HTTP status each comes with and what it means.

Source: the provider's public error dictionary (twilio.com/docs/api/errors); the words are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error code says, and the HTTP status it is sent with."""

    status: int
    text: str


_MEANINGS: Final[Mapping[int, Meaning]] = {
    11100: Meaning(400, "The webhook's answer names an address that is none"),
    11200: Meaning(502, "The webhook did not answer with success"),
    11205: Meaning(502, "The webhook could not be reached in time"),
    11215: Meaning(502, "The webhooks send the call round in circles"),
    11750: Meaning(400, "The webhook's answer is longer than 64 kB"),
    12100: Meaning(400, "The webhook's answer is not well-formed TwiML"),
    12200: Meaning(400, "The webhook's answer has a verb or an attribute that is not known here"),
    12300: Meaning(400, "The webhook's answer has a content type that is not understood"),
    13214: Meaning(400, "A <Dial> shows a number that is neither the account's nor the caller's"),
    13320: Meaning(400, "A <Gather> holds a verb that cannot be nested"),
    13511: Meaning(400, "A <Say> is in a language that no voice of the provider speaks"),
    13512: Meaning(400, "A <Gather> listens in a language that is not named in full, such as en-US"),
    13520: Meaning(400, "A <Say> has no text, or more than 4096 characters"),
    14103: Meaning(400, "The webhook's answer has a message without text"),
    20001: Meaning(400, "A parameter has a value of the wrong kind"),
    20003: Meaning(401, "Authenticate"),
    20004: Meaning(405, "This method is not allowed here"),
    20009: Meaning(409, "This resource cannot be changed before it is complete"),
    20404: Meaning(404, "The requested resource was not found"),
    20429: Meaning(429, "Too many requests"),
    20500: Meaning(500, "An internal server error has occurred"),
    20503: Meaning(503, "The service is unavailable"),
    21201: Meaning(400, "No 'To' number is specified"),
    21205: Meaning(400, "The 'Url' is not valid"),
    21210: Meaning(400, "The 'From' number is not verified for this account"),
    21211: Meaning(400, "The 'To' number is not a valid phone number"),
    21212: Meaning(400, "The 'From' number is not valid"),
    21213: Meaning(400, "A 'From' number is required"),
    21215: Meaning(400, "Calls to this region are not enabled"),
    21217: Meaning(400, "The 'To' number does not appear to be valid"),
    21218: Meaning(400, "The 'ApplicationSid' is not known"),
    21220: Meaning(400, "The call is not in progress"),
    21266: Meaning(400, "'To' and 'From' are the same number"),
    21401: Meaning(400, "Not a valid phone number"),
    21408: Meaning(400, "Sending to this region is not enabled"),
    21602: Meaning(400, "A message body is required"),
    21603: Meaning(400, "A 'From' phone number is required"),
    21604: Meaning(400, "A 'To' phone number is required"),
    21606: Meaning(400, "The 'From' number is not an SMS-capable number of this account"),
    21608: Meaning(400, "The 'To' number is not verified for this trial account"),
    21609: Meaning(400, "The 'StatusCallback' is not a valid URL"),
    21610: Meaning(400, "Attempt to send to an unsubscribed recipient"),
    21611: Meaning(400, "This 'From' number has exceeded the maximum number of queued messages"),
    21612: Meaning(400, "The 'To' number cannot be reached from this 'From' number"),
    21614: Meaning(400, "The 'To' number is not a mobile number"),
    21617: Meaning(400, "The message body is longer than 1600 characters"),
    21620: Meaning(400, "A media URL is not valid"),
    21635: Meaning(400, "The 'To' number is a landline"),
    21655: Meaning(400, "The 'ContentSid' is not known"),
    21701: Meaning(400, "The Messaging Service does not exist"),
    22005: Meaning(429, "The queue holds more than 24 hours of calls"),
    30001: Meaning(400, "Queue overflow"),
    30003: Meaning(400, "Unreachable destination handset"),
    30004: Meaning(400, "Message blocked"),
    30005: Meaning(400, "Unknown destination handset"),
    30006: Meaning(400, "Landline or unreachable carrier"),
    30007: Meaning(400, "Message filtered"),
    30008: Meaning(400, "Unknown error"),
    30034: Meaning(400, "Sender not registered with the carriers"),
    30036: Meaning(400, "Validity period expired"),
    30409: Meaning(400, "This message cannot be canceled"),
    30450: Meaning(400, "Blocked as traffic pumping"),
    30500: Meaning(500, "Message delivery - internal error"),
    35118: Meaning(400, "A 'MessagingServiceSid' is required to schedule a message"),
    90007: Meaning(400, "The 'ValidityPeriod' is outside 1 to 36000 seconds"),
    90014: Meaning(400, "The 'ValidityPeriod' must be a positive whole number"),
}


class Refusal(Exception):
    """A request that the provider turns down.

    `status` overrides the HTTP status that is usual for the code. `about` is the value at fault, which the
    provider repeats in its message: whoever logs that message leaks a number, so the twin repeats it too.
    """

    def __init__(self, code: int, *, status: int | None = None, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.status = status or meaning(code).status
        self.about = about

    @property
    def text(self) -> str:
        """What the provider says about it."""
        said = meaning(self.code).text
        return f"{said}: {self.about}" if self.about else said


def meaning(code: int) -> Meaning:
    """What a code says; a code nobody has listed is a plain 400, as new codes are at the provider."""
    return _MEANINGS.get(code, Meaning(400, f"Error {code}"))
