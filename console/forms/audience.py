"""Whom a campaign is for, as its author ticks it."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from django import forms
from django.utils.translation import get_language, pgettext, pgettext_lazy

from campaigns.audience import (
    ARRIVING_MOST,
    LEFT_MOST,
    NEAR_MOST,
    Answered,
    Audience,
    Near,
    Reach,
    Within,
)
from campaigns.launch import Estimate
from campaigns.models import Campaign, NumberList, Recipient
from console import names
from core import languages, places
from core.areas import area_called, areas_of, name_of_area

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_NEAR_KM: Final = 50
_LARGEST_PARTY: Final = 99
_LATEST: Final = 50
"""Earlier campaigns that a form offers."""

_SILENT: Final = "silent"
"""How the form writes the answer that is none: an empty value is no choice."""

_ANSWERS: Final = (*Recipient.Answer.choices, (_SILENT, pgettext_lazy("console", "no answer")))


def _hours(label: "_StrPromise", most: int) -> forms.IntegerField:
    attrs = {"inputmode": "numeric", "class": "form-control short-number", "placeholder": " "}
    widget = forms.NumberInput(attrs=attrs)
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, widget=widget)


def _answers() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=pgettext_lazy("console", "and answered"),
        choices=_ANSWERS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


def places_of(typed: Mapping[str, object], kept: Near | None) -> Audience:
    """The places of a form that is still being filled in, as far as they can be read; `kept`: the draft's."""
    ticked = typed["countries"] if isinstance(typed["countries"], list) else []
    codes = tuple(code for code in ticked if code in places.countries())
    found = _city(str(typed["near_city"] or ""), codes, kept)
    return Audience(codes, near=Near(*found, km=_NEAR_KM) if found else None)


def _city(name: str, countries: Sequence[str], kept: Near | None) -> tuple[str, str] | None:
    """The country and city that are meant by a name; None when we know none.

    The draft's own as long as it stands there as it was shown: others may be called the same.
    """
    shown = names.city(kept.country, kept.city, get_language() or "en") if kept else None
    if kept and kept.country in countries and name.strip() == shown:
        return kept.country, kept.city
    return places.find_city(name, countries)


class Whom(forms.Form):
    """Who gets it, and who of them only. Several kinds of people may be ticked at once."""

    countries = forms.MultipleChoiceField(
        label=pgettext_lazy("console", "Where"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": pgettext_lazy("console", "Choose at least one country.")},
    )
    here = forms.BooleanField(
        label=pgettext_lazy("console", "Whoever is there on the day below"), required=False, initial=True
    )
    on = forms.DateField(
        label=pgettext_lazy("console", "On which day"),
        help_text=pgettext_lazy("console", "Leave it empty for: whoever is there when it is sent."),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "invalid": pgettext_lazy("console", "Give the day as year-month-day, such as 2026-11-25.")
        },
    )
    arriving = _hours(pgettext_lazy("console", "Whoever arrives within so many hours"), ARRIVING_MOST)
    left = _hours(pgettext_lazy("console", "Whoever left within so many hours"), LEFT_MOST)
    asked = forms.TypedChoiceField(
        label=pgettext_lazy("console", "Whoever was asked in an earlier campaign"),
        coerce=int,
        empty_value=None,
        required=False,
    )
    asked_answers = _answers()
    numbers = forms.TypedChoiceField(
        label=pgettext_lazy("console", "The numbers on a list"), coerce=int, empty_value=None, required=False
    )
    near_city = forms.CharField(
        label=pgettext_lazy("console", "Only around this city"), max_length=80, required=False
    )
    near_km = forms.IntegerField(
        label=pgettext_lazy("console", "How far around it (km)"),
        min_value=1,
        max_value=NEAR_MOST,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    areas = forms.MultipleChoiceField(
        label=pgettext_lazy("console", "Only in these areas of a country"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": pgettext_lazy("console", "Choose areas of the countries you ticked above.")
        },
    )
    near_unknown = forms.BooleanField(
        label=pgettext_lazy("console", "Also people whose city is not known"), required=False, initial=True
    )
    party = forms.IntegerField(
        label=pgettext_lazy("console", "Travelling together, at least"),
        min_value=1,
        max_value=_LARGEST_PARTY,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    languages = forms.MultipleChoiceField(
        label=pgettext_lazy("console", "Language"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reach = forms.ChoiceField(
        label=pgettext_lazy("console", "How they can be reached"),
        choices=[
            (Reach.ANY.value, pgettext_lazy("console", "In any way")),
            (Reach.TEXT.value, pgettext_lazy("console", "only whom a text reaches")),
            (Reach.CALL.value, pgettext_lazy("console", "only whom nothing but a call reaches")),
            (Reach.CALLER.value, pgettext_lazy("console", "only people who registered by a call")),
        ],
        required=False,
    )
    spared = forms.TypedChoiceField(
        label=pgettext_lazy("console", "Not whoever was asked in an earlier campaign"),
        coerce=int,
        empty_value=None,
        required=False,
    )
    spared_answers = _answers()
    present = forms.IntegerField(
        label=pgettext_lazy("console", "How many of our people are there in all, by your estimate"),
        min_value=1,
        max_value=100_000_000,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    present_source = forms.CharField(
        label=pgettext_lazy("console", "Where this figure is from"), max_length=200, required=False
    )

    asks_for_areas = False
    """Whether the author wants to choose among the areas of the countries ticked so far."""

    def offer(self, present: Mapping[str, int], now: datetime) -> None:
        """Fill in what can be chosen now: countries with people first, campaigns sent, lists still kept."""
        campaigns = [("", ""), *_campaigns(self.initial.get("asked"), self.initial.get("spared"))]
        lists = NumberList.objects.filter(delete_at__gt=now).order_by("-uploaded_at", "-pk")
        reader = get_language() or "en"
        spoken = [(one.tag, names.language(one.tag, reader)) for one in languages.languages()]
        choices: Mapping[str, Sequence[tuple[object, str]]] = {
            "countries": _countries(present),
            "asked": campaigns,
            "spared": campaigns,
            "numbers": [("", ""), *lists.values_list("pk", "title")],
            "areas": _areas(self["countries"].value() or (), reader),
            "languages": sorted(spoken, key=lambda pair: names.plain(pair[1])),
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined] # a choice field

    @property
    def kept_near(self) -> Near | None:
        """The circle that the draft has, if it has one."""
        near = self.initial.get("near")
        return near if isinstance(near, Near) else None

    @property
    def narrows(self) -> bool:
        """Whether anything is said below "only some of them": it is shown open then."""
        fields = ("near_city", "areas", "party", "languages", "reach", "spared")
        return self.asks_for_areas or any(
            self[name].value() not in {None, "", "1"} and self[name].value() != [] for name in fields
        )

    def clean(self) -> None:
        """What only two fields together can have wrong."""
        given = self.cleaned_data
        if not any(given.get(name) for name in ("here", "arriving", "left", "asked", "numbers")):
            self.add_error("here", pgettext("console", "Tick at least one: nobody would get it."))
        for name in ("asked", "spared"):
            if given.get(name) and not given.get(f"{name}_answers"):
                self.add_error(f"{name}_answers", pgettext("console", "Choose the answers as well."))
        if given.get("near_city") and given.get("countries") and self._near() is None:
            self.add_error(
                "near_city", pgettext("console", "We do not know this city in the countries you chose.")
            )
        if given.get("present") and not given.get("present_source", "").strip():
            self.add_error("present_source", pgettext("console", "Say where the figure is from."))

    def audience(self) -> Audience:
        """The rule that was ticked."""
        given = self.cleaned_data
        on: date | None = given["on"]
        return Audience(
            countries=tuple(given["countries"]),
            on=on,
            languages=tuple(given["languages"]),
            here=given["here"],
            arriving=given["arriving"] or 0,
            left=given["left"] or 0,
            near=self._near(),
            within=self._within(),
            party=given["party"] or 1,
            reach=Reach(given["reach"]),
            asked=self._answered("asked"),
            numbers=given["numbers"],
            spared=self._answered("spared"),
        )

    def estimate(self) -> Estimate | None:
        """How many are there in all, and who says so."""
        given = self.cleaned_data
        return Estimate(given["present"], given["present_source"]) if given["present"] else None

    def _near(self) -> Near | None:
        given = self.cleaned_data
        name, countries = given.get("near_city"), given.get("countries", ())
        found = _city(name, countries, self.kept_near) if name else None
        km = given.get("near_km") or _NEAR_KM
        return Near(*found, km=km, unknown=given["near_unknown"]) if found else None

    def _within(self) -> Within | None:
        chosen = tuple(map(area_called, self.cleaned_data["areas"]))
        return Within(chosen, unknown=self.cleaned_data["near_unknown"]) if chosen else None

    def _answered(self, name: str) -> Answered | None:
        given = self.cleaned_data
        answers = tuple("" if one == _SILENT else one for one in given[f"{name}_answers"])
        return Answered(given[name], answers) if given[name] else None


def initial_of(campaign: Campaign) -> Mapping[str, object]:
    """The fields as the draft has them."""
    rule = Audience.from_json(campaign.audience)
    near, within = rule.near, rule.within
    narrower = near or within
    reader = get_language() or "en"
    return {
        "countries": list(rule.countries),
        "here": rule.here,
        "on": rule.on,
        "arriving": rule.arriving or None,
        "left": rule.left or None,
        "numbers": rule.numbers,
        "near": near,
        "near_city": names.city(near.country, near.city, reader) if near else "",
        "near_km": near.km if near else None,
        "areas": [area.key for area in within.areas] if within else [],
        "near_unknown": narrower.unknown if narrower else True,
        "party": rule.party if rule.party > 1 else None,
        "languages": list(rule.languages),
        "reach": rule.reach.value,
        "present": campaign.present,
        "present_source": campaign.present_source,
        **_answers_of("asked", rule.asked),
        **_answers_of("spared", rule.spared),
    }


def _answers_of(name: str, which: Answered | None) -> Mapping[str, object]:
    if which is None:
        return {}
    return {name: which.campaign, f"{name}_answers": [answer or _SILENT for answer in which.answers]}


def _campaigns(*chosen: object) -> Sequence[tuple[int, str]]:
    """The campaigns sent last, and those that the draft is about already, however long ago they were sent.

    A choice that is not offered again would be lost with the next change of anything else, and with it whom
    the campaign is for.
    """
    sent = Campaign.objects.filter(launched_at__isnull=False)
    latest = list(sent.order_by("-launched_at", "-pk").values_list("pk", "title")[:_LATEST])
    keys = [int(str(one)) for one in chosen if re.fullmatch("[0-9]{1,18}", str(one))]  # or as it was typed
    older = sent.filter(pk__in=keys).exclude(pk__in=[pk for pk, _ in latest])
    return [*latest, *older.order_by("-launched_at", "-pk").values_list("pk", "title")]


def named_countries(first: Sequence[str]) -> Sequence[tuple[str, str]]:
    """Every country by name, these first."""
    return _countries(dict.fromkeys(first, 1))


def _countries(present: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    """Every country by name; those where somebody is come first."""
    reader = get_language() or "en"
    named = [(code, names.country(code, reader)) for code in places.countries()]
    return sorted(named, key=lambda pair: (-present.get(pair[0], 0), names.plain(pair[1])))


def _areas(countries: Sequence[str], reader: str) -> Sequence[tuple[str, str]]:
    """The areas of these countries by name, with the country's where there are several."""
    found = []
    for code in filter(places.countries().__contains__, countries):
        named = [(area.key, name_of_area(area, reader)) for area in areas_of(code)]
        before = f"{names.country(code, reader)}: " if len(countries) > 1 else ""
        found += [(key, before + name) for key, name in sorted(named, key=lambda one: names.plain(one[1]))]
    return found
