"""The tables in docs/ that follow from the code; cog writes them there and `make check` compares."""

import os
from collections.abc import Iterator, Mapping
from typing import Final

import django
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db.models import Field, Model

from config.environment import SETTINGS
from core.privacy.fields import EncryptedJson, EncryptedText
from core.privacy.retention import How, Retention

OURS: Final = ("core", "channels_sms", "channels_voice", "campaigns", "console", "config")

# Why each personal column is there at all. A column without a purpose stops the build.
_PURPOSES: Final[Mapping[str, str]] = {
    "OfficerPhone.number": "an officer is rung there, to speak with a person on a case or, on duty, a caller",
    "Person.name": "lets an officer on a case call somebody by name; never asked for by text",
    "ContactPoint.number": "the only way to reach the person",
    "Conversation.data": "the answers given so far in an exchange that is not finished",
    "Message.body": "what was said, so that an officer understands a call for help; empty for campaigns",
    "Message.choices": "the numbered answers that were offered, so that a 1 means what was asked",
    "EmergencyContact.number": "who is called if something happens to the person, once that number was told",
    "EmergencyContact.asked_as": "the name under which the person agreed to be introduced to that number",
    "CallStep.twiml": "what was said on a call, so that an answer delivered twice hears the same twice",
    "CallStep.asked": "the question that was put on a call, so that a key means what was asked",
    "Recording.sound": "an answer that could not be keyed, or a call for help, for an officer's ears",
    "Case.words": "the call for help in the person's own words",
    "Case.details": "what has happened and to how many people, as they keyed it on a call for help",
    "Case.outcome": "how the case ended",
}
_KEYS: Final[Mapping[str, str]] = {
    "ContactPoint.number_index": "who is texting: a keyed hash finds the row without the number",
    "EmergencyContact.number_index": "a refusal from that number finds whoever named it",
    "ContactRefusal.number_index": "a number that refused is never named to us again",
    "ContactNaming.number_index": "nobody can have the same stranger texted twice a day",
    "PhoneCode.code_index": "the code that a second phone of a person must text",
    "Bridge.number_index": "a code that an officer keys confirms the telephone that was rung, and no other",
    "OptOut.number_index": "nobody who said STOP is texted again, even after everything else is deleted",
}
_STRETCHED: Final[Mapping[str, str]] = {
    "SharedPhone.pin": "nothing private is said on a phone that other people use before its PIN is",
}


def settings() -> str:
    """The settings table."""
    rows = [f"| `{row.name}` | {row.default} | {row.meaning} |" for row in SETTINGS]
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])


def commands() -> str:
    """The management commands of our packages with their own help."""
    _start_django()
    found = sorted((name, app) for name, app in get_commands().items() if app in OURS)
    rows = [f"| `manage.py {name}` | {load_command_class(app, name).help} |" for name, app in found]
    return "\n".join(["| command | does |", "|---|---|", *rows])


def personal_data() -> str:
    """Every personal column: purpose, protection, retention. Raises KeyError for one without a purpose."""
    _start_django()
    return "\n".join(["| field | purpose | protection | kept |", "|---|---|---|---|", *_personal_rows()])


def _personal_rows() -> Iterator[str]:
    for model in _models():
        for field in _fields(model):
            name = f"{model.__name__}.{field.name}"
            if isinstance(field, EncryptedText | EncryptedJson):
                yield f"| `{name}` | {_PURPOSES[name]} | AES-256-GCM, `FIELD_KEYS` | {_kept(model)} |"
            elif name in _KEYS:
                yield f"| `{name}` | {_KEYS[name]} | HMAC-SHA-256, `INDEX_KEY` | {_kept(model)} |"
            elif name in _STRETCHED:
                protection = "HMAC-SHA-256, `INDEX_KEY`, then salted scrypt"
                yield f"| `{name}` | {_STRETCHED[name]} | {protection} | {_kept(model)} |"


def _kept(model: type[Model]) -> str:
    retention = getattr(model, "retention", None)
    if not isinstance(retention, Retention):
        return "for good: it is a hash and nothing else"
    return f"{retention.after} ({'erased' if retention.how is How.ERASE else 'deleted'})"


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def _fields(model: type[Model]) -> list["Field[object, object]"]:
    return [field for field in model._meta.get_fields() if isinstance(field, Field)]


def _start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
