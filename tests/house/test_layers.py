"""Foreign keys obey the order that imports obey; import-linter holds the imports."""

from django.apps import apps

# From the bottom up: a row may point to its own layer or to one below.
LAYERS = {"core": 0, "channels_sms": 1, "channels_voice": 1, "campaigns": 2, "consular": 3, "console": 4}


def test_foreign_keys_point_down_the_layers() -> None:
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in LAYERS
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and not isinstance(field.related_model, str | None)
        if LAYERS.get(field.related_model._meta.app_label, -1) > LAYERS[model._meta.app_label]
    ]
    assert upward == []


def test_channels_never_point_at_each_other() -> None:
    channels = {"channels_sms", "channels_voice"}
    meeting = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in channels
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and not isinstance(field.related_model, str | None)
        if field.related_model._meta.app_label in channels - {model._meta.app_label}
    ]
    assert meeting == []
