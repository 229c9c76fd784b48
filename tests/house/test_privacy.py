"""What the models may hold, and for how long."""

from django.apps import apps
from django.db.models import Field, Model

from config.environment import ROOT
from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.retention import Retention

OURS = {"core", "channels_sms", "channels_voice", "campaigns", "consular", "console"}

# P-2: nothing that could make a record of a person into a record against them.
FORBIDDEN = ("passport", "religion", "ethnic", "biometric", "photo", "fingerprint", "legal_status", "visa")


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def _columns(model: type[Model]) -> list["Field[object, object]"]:
    return [field for field in model._meta.get_fields() if isinstance(field, Field)]


def test_a_model_with_an_encrypted_column_says_how_long_it_is_kept() -> None:
    silent = [
        model._meta.label
        for model in _models()
        if any(isinstance(field, EncryptedText | EncryptedJson) for field in _columns(model))
        if not isinstance(getattr(model, "retention", None), Retention)
    ]
    assert silent == []


def test_an_erased_column_exists_and_may_be_empty() -> None:
    wrong = [
        f"{model._meta.label}.{name}"
        for model in _models()
        for name in getattr(getattr(model, "retention", None), "erase", ())
        if not model._meta.get_field(name).blank  # type: ignore[union-attr]
    ]
    assert wrong == []


def test_no_column_holds_what_could_be_used_against_somebody() -> None:
    found = [
        f"{model._meta.label}.{field.name}"
        for model in _models()
        for field in _columns(model)
        if any(word in field.name for word in FORBIDDEN)
    ]
    assert found == []


def test_every_encrypted_column_is_explained_to_the_public() -> None:
    page = (ROOT / "docs/PRIVACY.md").read_text()
    missing = [
        f"{model._meta.label}.{field.name}"
        for model in _models()
        for field in _columns(model)
        if isinstance(field, EncryptedText | EncryptedJson)
        if f"`{model.__name__}.{field.name}`" not in page
    ]
    assert missing == []
