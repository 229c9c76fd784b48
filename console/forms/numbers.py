"""Bringing a list of numbers."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import pgettext_lazy

from campaigns.numbers import LARGEST
from console.forms.look import dress


class Bring(forms.Form):
    """A file of numbers, and what to call it."""

    title = forms.CharField(
        label=pgettext_lazy("console", "Name"),
        max_length=120,
        error_messages={
            "required": pgettext_lazy("console", "Give it a name that colleagues will know it by.")
        },
    )
    file = forms.FileField(
        label=pgettext_lazy("console", "File (CSV)"),
        help_text=pgettext_lazy(
            "console",
            "The first line names the columns: number (with + and country code), consent (yes, no or empty) "
            "and, if you like, language (en, ar).",
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
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
