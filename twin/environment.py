"""What the twin takes from the environment: the same names as the service, so that one group shares them."""

import json
import re
from collections.abc import Mapping

from telephony.senders import Sender
from twin.account import (
    DEMO_ACCOUNT_SID,
    DEMO_AUTH_TOKEN,
    DEMO_SENDERS,
    USUAL_LANGUAGES,
    Credentials,
    Language,
)


class WrongSetting(Exception):
    """A setting is wrong; the message names it and says what is expected."""


def credentials(environ: Mapping[str, str]) -> Credentials:
    """The account and its token, or the twin's own. Raises WrongSetting."""
    account_sid = environ.get("TWILIO_ACCOUNT_SID") or DEMO_ACCOUNT_SID
    if re.fullmatch(r"AC[0-9a-fA-F]{32}", account_sid) is None:
        raise WrongSetting("TWILIO_ACCOUNT_SID: expected AC followed by 32 hexadecimal digits")
    return Credentials(account_sid, environ.get("TWILIO_AUTH_TOKEN") or DEMO_AUTH_TOKEN)


def senders(environ: Mapping[str, str]) -> tuple[Sender, ...]:
    """The service's numbers, or two of the twin's own. Raises WrongSetting."""
    text = environ.get("SENDERS")
    if not text:
        return DEMO_SENDERS
    try:
        rows = json.loads(text)
        found = tuple(Sender(**{**row, "countries": tuple(row.get("countries", ["*"]))}) for row in rows)
        slowest = min(min(sender.segments_per_second, sender.calls_per_second) for sender in found)
    except (ValueError, TypeError, AttributeError):
        raise WrongSetting('SENDERS: expected a JSON list of objects like {"id": …, "sms": true}') from None
    if slowest <= 0:
        raise WrongSetting("SENDERS: expected rates above zero")
    return found


def languages(environ: Mapping[str, str]) -> tuple[Language, ...]:
    """The languages a phone may be in, or five usual ones. Raises WrongSetting."""
    text = environ.get("TWIN_LANGUAGES")
    if not text:
        return USUAL_LANGUAGES
    try:
        return tuple(Language(**row) for row in json.loads(text))
    except (ValueError, TypeError):
        raise WrongSetting(
            'TWIN_LANGUAGES: expected a JSON list of objects like {"tag": …, "name": …}'
        ) from None
