"""The blind index: finds a phone number's rows without storing the number readably."""

import hashlib
import hmac

from django.conf import settings

from core.privacy.keys import decode
from telephony.numbers import PhoneNumber


def blind_index(number: PhoneNumber) -> bytes:
    """The keyed hash (HMAC-SHA-256, 32 bytes) under which a number is looked up."""
    return hmac.digest(decode(settings.INDEX_KEY), number.e164.encode(), hashlib.sha256)
