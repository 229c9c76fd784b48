"""The blind index: finds a phone number's rows without storing the number readably."""

import hashlib
import hmac

from django.conf import settings

from core.privacy.keys import decode
from telephony.numbers import PhoneNumber


def blind_index(number: PhoneNumber) -> bytes:
    """The keyed hash (HMAC-SHA-256, 32 bytes) under which a number is looked up."""
    return keyed_hash(number.e164)


def keyed_hash(text: str) -> bytes:
    """The keyed hash (HMAC-SHA-256, 32 bytes) of something short that must not be stored readably."""
    return hmac.digest(decode(settings.INDEX_KEY), text.encode(), hashlib.sha256)
