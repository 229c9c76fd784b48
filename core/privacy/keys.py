"""The keys that protect personal data: read once from the settings, never logged."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


class BadKey(ValueError):
    """A key that is not 32 bytes in base64. The key itself is never part of the message."""


@dataclass(frozen=True, slots=True)
class FieldKey:
    """One AES-256 key with the 4-byte name under which ciphertexts remember it."""

    name: bytes
    cipher: AESGCM = field(repr=False)


def decode(text: str) -> bytes:
    """The 32 bytes behind a base64 key as the settings hold it. Raises BadKey."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("not base64") from None
    if len(key) != KEY_BYTES:
        raise BadKey(f"holds {len(key)} bytes, expected {KEY_BYTES}")
    return key


@lru_cache(maxsize=4)
def field_keys(encoded: tuple[str, ...]) -> tuple[FieldKey, ...]:
    """The field keys in their order, newest first. Raises BadKey."""
    if not encoded:
        raise BadKey("no key")
    raw = [decode(text) for text in encoded]
    return tuple(FieldKey(hashlib.sha256(b"name:" + key).digest()[:4], AESGCM(key)) for key in raw)
