"""Accounts of officers, and an officer's own settings."""

from datetime import datetime, timedelta
from typing import Final

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import get_language, pgettext, pgettext_lazy

from console import moments, names
from console.forms.look import dress
from console.words import NO_VOICE, ROLES
from core import delivery, duty, officer_phones
from core.models import Officer
from telephony.numbers import PhoneNumber

_NO_NUMBER: Final = pgettext_lazy(
    "console", "This is not a number that we can ring. Type it with its country code."
)


class NewOfficer(forms.Form):
    """A name and a role; the password is made by us and shown once."""

    username = forms.CharField(
        label=pgettext_lazy("console", "Officer name"),
        help_text=pgettext_lazy("console", "As the officer will type it to log in, for example “m.rossi”."),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        error_messages={"required": pgettext_lazy("console", "Type the name the officer will log in with.")},
    )
    role = forms.ChoiceField(
        label=pgettext_lazy("console", "Role"),
        choices=[(role.value, word) for role, word in ROLES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": pgettext_lazy("console", "Choose what this officer does.")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)

    def clean_username(self) -> str:
        """A name nobody has, in any spelling of case."""
        username: str = self.cleaned_data["username"]
        if Officer.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(
                pgettext("console", "There is already an officer with this name. Choose another one.")
            )
        return username


class Duty(forms.Form):
    """When an officer's duty ends: a full hour, named by the clock of home."""

    def __init__(self, *args: object, now: datetime, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        hours = {str(at): at for at in range(1, _hours(duty.LONGEST) + 1)}
        self._ends = {hour: _full_hour(now + timedelta(hours=at)) for hour, at in hours.items()}
        tag, zone = get_language() or "en", names.home_zone()
        self.fields["until"] = forms.ChoiceField(
            label=pgettext_lazy("console", "On duty until"),
            choices=[(hour, moments.clock(end, zone, tag)) for hour, end in self._ends.items()],
            initial=str(_hours(duty.USUAL)),
        )
        dress(self)

    def clean_until(self) -> datetime:
        """The moment it ends."""
        return self._ends[self.cleaned_data["until"]]


def _hours(length: timedelta) -> int:
    return int(length / timedelta(hours=1))


def _full_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


class Telephone(forms.Form):
    """The number on which an officer is rung: read as it is typed, and never shown again."""

    number = forms.CharField(
        label=pgettext_lazy("console", "Number with its country code"),
        help_text=pgettext_lazy(
            "console",
            "Rung for calls that you start yourself and while you are on duty. Nobody sees it, "
            "no person and no colleague.",
        ),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "dir": "ltr"}),
        error_messages={"required": _NO_NUMBER},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)

    def clean_number(self) -> PhoneNumber:
        """A number that one of ours can ring."""
        try:
            return officer_phones.read(self.cleaned_data["number"])
        except officer_phones.NotRingable:
            raise forms.ValidationError(_NO_NUMBER) from None
        except delivery.NoSender:
            raise forms.ValidationError(NO_VOICE) from None
