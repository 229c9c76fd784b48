"""Looking into a case, answering a person, closing."""

from collections.abc import Mapping
from typing import Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from console.forms.look import dress

REASONS: Final = {
    "helping": pgettext_lazy("console", "I am helping the officer who has it"),
    "handover": pgettext_lazy("console", "I am taking over the shift"),
    "review": pgettext_lazy("console", "I am checking how it was handled"),
}
OUTCOMES: Final[Mapping[str, str | Promise]] = {
    "safe": pgettext_lazy("console", "Reached: the person is safe now"),
    "handed-over": pgettext_lazy("console", "Handed over to the embassy or local rescue"),
    "no-contact": pgettext_lazy("console", "Could not be reached, tried every way"),
    "mistake": pgettext_lazy("console", "No help was needed"),
}
_REPLY_LENGTH: Final = 600


class Look(forms.Form):
    """Why an officer opens a case that is not theirs; kept in the audit trail."""

    reason = forms.ChoiceField(
        label=pgettext_lazy("console", "Why do you open it?"),
        choices=list(REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": pgettext_lazy("console", "Choose why you open this case.")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)


class Answer(forms.Form):
    """A text to one person."""

    text = forms.CharField(
        label=pgettext_lazy("console", "Your text"),
        max_length=_REPLY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": pgettext_lazy("console", "Write what the person should read."),
            "max_length": pgettext_lazy(
                "console", "Keep it to %(limit_value)d characters; you wrote %(show_value)d."
            ),
        },
    )

    def __init__(self, *args: object, language: str = "", direction: str = "ltr", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)
        if language:
            self.fields["text"].widget.attrs.update({"lang": language, "dir": direction, "data-key": "r"})


class Close(forms.Form):
    """What came of it."""

    outcome = forms.ChoiceField(
        label=pgettext_lazy("console", "What came of it?"),
        choices=list(OUTCOMES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": pgettext_lazy("console", "Choose what came of it.")},
    )
    note = forms.CharField(
        label=pgettext_lazy("console", "Note for colleagues (optional)"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)

    def outcome_text(self) -> str:
        """What is kept with the case: the outcome's code, and the note on the lines after it."""
        return "\n".join(filter(None, (self.cleaned_data["outcome"], self.cleaned_data["note"].strip())))


def outcome_parts(kept: str) -> tuple[str | Promise, str]:
    """The outcome in words and the note, from what is kept with a case."""
    code, _, note = kept.partition("\n")
    return OUTCOMES.get(code, code), note
