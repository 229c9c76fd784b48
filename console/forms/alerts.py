"""Bringing an official alert, and deciding what it leaves open."""

from collections.abc import Sequence

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import pgettext_lazy

from campaigns.cap.intake import Decision
from campaigns.cap.reading import LARGEST
from console.forms.audience import named_countries
from console.forms.look import dress


class Bring(forms.Form):
    """A file with an alert."""

    file = forms.FileField(
        label=pgettext_lazy("console", "File (CAP 1.2)"),
        widget=forms.FileInput(attrs={"accept": ".cap,.xml,application/cap+xml,text/xml"}),
        error_messages={
            "required": pgettext_lazy("console", "Choose a file."),
            "empty": pgettext_lazy("console", "Choose a file."),
        },
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)

    def content(self) -> bytes:
        """What the file holds: one byte more than is read at most, so that a longer one is known for it."""
        file = self.cleaned_data["file"]
        assert isinstance(file, UploadedFile)  # noqa: S101 - what the form's field gives
        content: bytes = file.read(LARGEST + 1)
        return content


class Decide(forms.Form):
    """What an officer decides about an alert. Asks for what is open and nothing else."""

    countries = forms.MultipleChoiceField(
        label=pgettext_lazy("console", "Where"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": pgettext_lazy("console", "Choose at least one country.")},
    )
    permitted = forms.BooleanField(
        label=pgettext_lazy("console", "I may use it for our people"),
        error_messages={"required": pgettext_lazy("console", "Tick it, or leave this alert.")},
    )

    def __init__(self, *args: object, where: Sequence[str] | None, public: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        if where is None:
            del self.fields["countries"]
        else:
            self.fields["countries"].choices = named_countries(where)  # type: ignore[attr-defined] # a choice
            self.fields["countries"].initial = list(where)
        if public:
            del self.fields["permitted"]
        dress(self)

    def decision(self) -> Decision:
        """What was decided."""
        return Decision(
            countries=tuple(self.cleaned_data.get("countries", ())),
            permitted=bool(self.cleaned_data.get("permitted")),
        )
