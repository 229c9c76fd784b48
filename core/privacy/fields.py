"""Columns that hold personal data: encrypted on the way in, readable only in Python.

Stored as key name (4 bytes) + nonce (12) + AES-256-GCM ciphertext. The column's own name is authenticated
with it, so a value copied into another column does not decrypt.
"""

import json
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression

from core.privacy.keys import field_keys

_NAME = 4
_NONCE = 12

Json = Mapping[str, object]


class UnknownKey(ValueError):
    """A stored value was written with a key that FIELD_KEYS no longer holds."""


def encrypt(text: str, *, context: str) -> bytes:
    """The ciphertext of a text under the newest key, bound to a context (the column's name)."""
    key = field_keys(settings.FIELD_KEYS)[0]
    nonce = secrets.token_bytes(_NONCE)
    return key.name + nonce + key.cipher.encrypt(nonce, text.encode(), context.encode())


def decrypt(stored: bytes, *, context: str) -> str:
    """The text behind a ciphertext. Raises UnknownKey, or InvalidTag when tampered with."""
    name, nonce, body = stored[:_NAME], stored[_NAME : _NAME + _NONCE], stored[_NAME + _NONCE :]
    for key in field_keys(settings.FIELD_KEYS):
        if key.name == name:
            return key.cipher.decrypt(nonce, body, context.encode()).decode()
    raise UnknownKey("written with a key that FIELD_KEYS does not hold")


if TYPE_CHECKING:
    _TextBase = models.TextField[str, str]
    _JsonBase = models.TextField[Json, Json]
else:
    _TextBase = _JsonBase = models.TextField


class _Sealed:
    """What both kinds of encrypted column share."""

    model: type[models.Model]
    attname: str

    def get_internal_type(self) -> str:
        """The database keeps bytes."""
        return "BinaryField"

    @property
    def context(self) -> str:
        """What the ciphertext is bound to: table and column."""
        return f"{self.model._meta.db_table}.{self.attname}"

    def value_to_string(self, _obj: models.Model) -> str:
        """Refuse: personal data is never serialised."""
        raise TypeError(f"{self.context} holds personal data and is not serialised")


class EncryptedText(_Sealed, _TextBase):
    """A text that the database sees only as ciphertext. The empty text is stored as an empty value."""

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> str | None:
        """Decrypt what the database holds."""
        if value is None:
            return None
        stored = bytes(value)
        return decrypt(stored, context=self.context) if stored else ""

    def get_prep_value(self, value: str | None) -> bytes | None:
        """Encrypt what Python holds."""
        if value is None:
            return None
        return encrypt(value, context=self.context) if value else b""


class EncryptedJson(_Sealed, _JsonBase):
    """A JSON object stored as ciphertext."""

    def from_db_value(
        self, value: bytes | memoryview | None, _expression: Expression, _connection: BaseDatabaseWrapper
    ) -> Json | None:
        """Decrypt and parse."""
        if value is None:
            return None
        stored = bytes(value)
        found: Json = json.loads(decrypt(stored, context=self.context)) if stored else {}
        return found

    def get_prep_value(self, value: Json | None) -> bytes | None:
        """Serialise and encrypt; an empty object is stored as an empty value."""
        if value is None:
            return None
        return encrypt(json.dumps(value, separators=(",", ":")), context=self.context) if value else b""
