"""What must hold before the service starts; Django runs these with every command."""

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model
from django.utils.module_loading import import_string

from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.keys import BadKey, decode, field_keys
from core.privacy.retention import How, Retention


@register
def personal_columns_have_a_retention(**_: object) -> list[CheckMessage]:
    """E001: a model with an encrypted column says how long its rows live. E002: and names real columns."""
    found: list[CheckMessage] = []
    for model in apps.get_models():
        retention = getattr(model, "retention", None)
        if _is_personal(model) and not isinstance(retention, Retention):
            found.append(
                Error(
                    f"{model._meta.label} has an encrypted column and no retention.",
                    hint="Declare `retention = Retention(after=..., due=...)` on the model.",
                    id="core.E001",
                )
            )
        if isinstance(retention, Retention) and not _can_be_carried_out(model, retention):
            found.append(
                Error(
                    f"The retention of {model._meta.label} cannot be carried out.",
                    hint="ERASE names the model's own columns in `erase`; DELETE names none.",
                    id="core.E002",
                )
            )
    return found


@register
def dialogues_can_be_imported(**_: object) -> list[CheckMessage]:
    """E003: each entry of DIALOGUES is there and can claim and handle."""
    found: list[CheckMessage] = []
    for path in settings.DIALOGUES:
        try:
            dialogue = import_string(path)
        except ImportError as error:
            found.append(Error(f"DIALOGUES names {path}, which cannot be imported: {error}", id="core.E003"))
            continue
        if not (callable(getattr(dialogue, "claims", None)) and callable(getattr(dialogue, "handle", None))):
            found.append(Error(f"DIALOGUES names {path}, which has no claims or no handle.", id="core.E003"))
    return found


@register
def keys_are_keys(**_: object) -> list[CheckMessage]:
    """E004: FIELD_KEYS and INDEX_KEY hold 32 bytes each, and are not the same."""
    found: list[CheckMessage] = []
    try:
        field_keys(tuple(settings.FIELD_KEYS))
    except BadKey as bad:
        found.append(Error(f"FIELD_KEYS: {bad}.", id="core.E004"))
    try:
        decode(settings.INDEX_KEY)
    except BadKey as bad:
        found.append(Error(f"INDEX_KEY: {bad}.", id="core.E004"))
    if settings.INDEX_KEY in settings.FIELD_KEYS:
        found.append(
            Error("INDEX_KEY is also one of FIELD_KEYS; each needs a key of its own.", id="core.E004")
        )
    return found


def _is_personal(model: type[Model]) -> bool:
    return any(isinstance(field, EncryptedText | EncryptedJson) for field in model._meta.get_fields())


def _can_be_carried_out(model: type[Model], retention: Retention) -> bool:
    columns = {field.name for field in model._meta.concrete_fields}
    if retention.how is How.ERASE:
        return bool(retention.erase) and set(retention.erase) <= columns
    return not retention.erase
