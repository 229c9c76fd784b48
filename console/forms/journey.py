"""A journey that a person said in a recording, as an officer types it in."""

from datetime import date
from typing import Final

from django import forms
from django.utils.translation import get_language, pgettext, pgettext_lazy

from console import names
from console.forms.look import dress
from core import places, trips
from core.dialogues import registration_words
from core.intents.understand import understand
from core.trips import Draft

_DAY: Final = pgettext_lazy("console", "Give the day as year-month-day, such as 2026-11-25.")
_ABOUT: Final = {trips.Problem.HOME: "country", trips.Problem.PARTY: "party"}


class _Day(forms.DateField):
    """A day as browsers send it."""

    default_error_messages = {"invalid": _DAY, "required": _DAY}
    input_formats = ("%Y-%m-%d",)
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class Journey(forms.Form):
    """Where, from when to when, how many: what a text's draft holds, and held to the same rules."""

    country = forms.ChoiceField(
        label=pgettext_lazy("console", "Country"),
        error_messages={"required": pgettext_lazy("console", "Choose at least one country.")},
    )
    city = forms.CharField(
        label=pgettext_lazy("console", "City (may stay empty)"), required=False, max_length=80
    )
    start = _Day(label=pgettext_lazy("console", "First day"))
    end = _Day(label=pgettext_lazy("console", "Last day"))
    party = forms.IntegerField(
        label=pgettext_lazy("console", "People"),
        initial=1,
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": trips.LARGEST_PARTY, "inputmode": "numeric"}),
    )

    def __init__(self, *args: object, today: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self._today = today
        self.fields["country"].choices = _countries()  # type: ignore[attr-defined] # a choice field
        dress(self)

    def clean(self) -> None:
        """The place must be known and the journey make sense; the officer reads what a text would get."""
        country, city = self.cleaned_data.get("country"), self.cleaned_data.get("city")
        if country and city:
            self.cleaned_data["city"] = self._known(country, city)
        wrong = trips.problem(self.draft(), self._today)
        if wrong:
            said = registration_words.wrong(wrong, self.draft(), self._today)
            self.add_error(_ABOUT.get(wrong, "end"), said.text)
        dress(self)

    def _known(self, country: str, city: str) -> str:
        """The gazetteer's name of that city, in whatever language it was typed; else a mistake."""
        text = f"{city}, {places.name_of_country(country, 'en')}"
        read = understand(text, (get_language() or "en",), self._today)
        if read.country == country and read.city:
            return read.city
        unknown = pgettext("console", "We know no city of that name there. Correct it, or leave it empty.")
        self.add_error("city", unknown)
        return ""

    @staticmethod
    def initial_of(draft: Draft) -> dict[str, object]:
        """What the form begins with when so much is known already."""
        known = {
            "country": draft.country,
            "city": draft.city,
            "start": draft.start,
            "end": None if draft.open_ended else draft.end,
            "party": draft.party,
        }
        return {name: value for name, value in known.items() if value is not None}

    def draft(self) -> Draft:
        """The journey as far as it is told."""
        told = self.cleaned_data
        party = told.get("party")
        return Draft(
            country=told.get("country") or None,
            city=told.get("city") or None,
            start=told.get("start"),
            end=told.get("end"),
            party=1 if party is None else party,
        )


def _countries() -> list[tuple[str, str]]:
    tag = get_language() or "en"
    named = sorted((names.country(code, tag), code) for code in places.countries())
    return [("", ""), *((code, name) for name, code in named)]
