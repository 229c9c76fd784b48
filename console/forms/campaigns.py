"""Writing a campaign, approving it, sending it back."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language, pgettext, pgettext_lazy

from campaigns import correction, launch, templates, versions
from campaigns.launch import Draft
from campaigns.models import Campaign
from campaigns.templates import Template
from campaigns.texts import asks_to_be_read
from console import moments, names, words
from console.forms import audience, ladder
from console.forms.audience import Whom
from console.forms.ladder import Climb
from console.forms.look import dress
from core import languages

_LONGEST: Final = 1600
_MOMENT: Final = "%Y-%m-%dT%H:%M"


READ: Final = "read"
"""How the form writes an alert that asks for a sign that it was read."""


class Write(Climb, Whom):
    """A campaign as its author sees it: who, when, and one text per language."""

    drill = forms.BooleanField(
        label=pgettext_lazy("console", "This is a drill"),
        help_text=pgettext_lazy(
            "console",
            "Every text begins with the word for drill, and it is never counted with the real ones.",
        ),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-drill": ""}),
    )
    title = forms.CharField(
        label=pgettext_lazy("console", "What happened, and where"),
        help_text=pgettext_lazy(
            "console", "For colleagues only, for example “Earthquake Derna”. The people asked do not see it."
        ),
        max_length=120,
        error_messages={
            "required": pgettext_lazy("console", "Give it a name that colleagues will know it by.")
        },
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("console", "What do you want from them?"),
        choices=[
            (
                Campaign.Kind.CHECK_IN.value,
                pgettext_lazy("console", "An answer: are you safe? (1 safe, 2 help, 3 not there)"),
            ),
            (Campaign.Kind.ALERT.value, pgettext_lazy("console", "Nothing: this tells them something")),
            (
                READ,
                pgettext_lazy(
                    "console",
                    "A sign that they have read it: “Reply 4” is added to each text in its language",
                ),
            ),
        ],
        initial=Campaign.Kind.CHECK_IN.value,
        widget=forms.RadioSelect,
        error_messages={"required": pgettext_lazy("console", "Choose whether they should answer.")},
    )
    urgency = forms.TypedChoiceField(
        label=pgettext_lazy("console", "How urgent is it?"),
        choices=list(reversed(Campaign.Urgency.choices)),
        initial=Campaign.Urgency.NORMAL.value,
        empty_value=str(Campaign.Urgency.NORMAL.value),
        required=False,
        widget=forms.RadioSelect,
    )
    not_after = forms.DateTimeField(
        help_text=pgettext_lazy("console", "Leave it empty for: 24 hours after the sending begins."),
        required=False,
        input_formats=[_MOMENT, f"{_MOMENT}:%S"],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
        error_messages={"invalid": pgettext_lazy("console", "Give a moment that is still to come.")},
    )

    registered: Mapping[str, int]
    """How many registered people are in each country, where there are any: counted once for a page."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    """Which state of the draft its author opened (versions.mark)."""

    unfilled = ""
    """Why the template could not be filled in; empty when nothing is wrong."""

    def __init__(self, *args: object, present: Mapping[str, int] | None = None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self.tags = _tags()
        self.registered = present or {}
        self.offer(self.registered, timezone.now())
        self.fields["template"] = forms.ChoiceField(
            label=pgettext("console", "Begin with a template"),
            help_text=pgettext(
                "console",
                "It writes the texts below in every language, in place of what stands there. "
                "Read them and change them as you like.",
            ),
            choices=[("", "-"), *((template.value, word) for template, word in words.TEMPLATES.items())],
            required=False,
        )
        for tag in self.tags:
            self.fields[_name(tag)] = _text_field(tag)
            self.fields[_correction(tag)] = _correction_field(tag)
        city = moments.city_of(names.home_zone(), get_language() or "en")
        said = pgettext("console", "Nothing is sent after (time in %(city)s)")
        self.fields["not_after"].label = said % {"city": city}
        self.take_rows()
        dress(self)

    def was_changed(self, mark: str) -> None:
        """Say that somebody else changed the draft meanwhile; sent once more, this form replaces that."""
        said = pgettext(
            "console",
            "Not kept: a colleague has changed this draft since you opened it. Read what they wrote; if you "
            "keep yours again, it replaces theirs.",
        )
        self.add_error(None, said)
        assert isinstance(self.data, QueryDict)  # noqa: S101 - it was posted
        data = self.data.copy()
        data["seen"] = mark
        self.data = data

    def with_areas(self) -> "Write":
        """The form as it was typed, with the areas of the countries ticked; nothing of it is looked over."""
        form = self._as_typed()
        form.asks_for_areas = True
        return form

    def with_steps(self, change: str) -> "Write":
        """The form as it was typed, with a step of the ladder moved, added or left out."""
        form = self._as_typed()
        form.keep_rows(self, change)
        return form

    def _as_typed(self, **others: object) -> "Write":
        """The form as it was typed, but for these fields; nothing of it is looked over."""
        initial = {"near": self.kept_near} | {name: self[name].value() for name in self.fields} | others
        form = Write(initial=initial, present=self.registered)
        form.keep_rows(self)
        return form

    def filled(self) -> "Write":
        """The form as it was typed, with the texts of the chosen template; nothing of it is looked over.

        Without a template or a country it says what is missing instead.
        """
        typed = {name: self[name].value() for name in self.fields}
        rule = audience.places_of(typed, self.kept_near)
        if typed["template"] not in set(Template) or not rule.countries:
            form = self._as_typed()
            form.unfilled = pgettext(
                "console", "Choose a template and the countries first: the texts name them."
            )
            return form
        template = Template(typed["template"])
        texts = templates.texts(template, rule)
        return self._as_typed(kind=template.kind.value, **{_name(tag): texts[tag] for tag in self.tags})

    @property
    def text_fields(self) -> Sequence[tuple[BoundField, BoundField, str]]:
        """The text of each language, its correction and its tag, the default language first."""
        return [(self[_name(tag)], self[_correction(tag)], tag) for tag in self.tags]

    def clean(self) -> None:
        """The text that everybody falls back to must be there."""
        super().clean()
        self.check_ladder()
        default = settings.DEFAULT_LANGUAGE
        if not (self.cleaned_data.get(_name(default)) or "").strip() and _name(default) not in self.errors:
            said = pgettext(
                "console", "Write the text in %(language)s: everyone without a text of their own gets it."
            )
            reader = get_language() or "en"
            self.add_error(_name(default), said % {"language": names.language(default, reader)})

    def clean_not_after(self) -> datetime | None:
        """The moment on the crisis unit's own clock; it must be to come."""
        typed: datetime | None = self.cleaned_data["not_after"]
        if typed is None:
            return None
        moment = typed.replace(tzinfo=ZoneInfo(names.home_zone()))
        if moment <= timezone.now():
            raise forms.ValidationError(pgettext("console", "Give a moment that is still to come."))
        return moment

    def draft(self) -> Draft:
        """What campaigns.launch keeps."""
        kind = self.cleaned_data["kind"]
        return Draft(
            title=self.cleaned_data["title"],
            kind=Campaign.Kind.ALERT if kind == READ else Campaign.Kind(kind),
            acknowledge=kind == READ,
            audience=self.audience(),
            texts=self._written(_name),
            drill=self.cleaned_data["drill"],
            urgency=Campaign.Urgency(int(self.cleaned_data["urgency"])),
            present=self.estimate(),
            template=self.cleaned_data["template"],
            correction=self._written(_correction),
            not_after=self.cleaned_data["not_after"],
            ladder=self.ladder(),
        )

    def _written(self, name: Callable[[str], str]) -> Mapping[str, str]:
        """What stands in a kind of fields, by language; a browser ends lines in its own way."""
        texts = {tag: self.cleaned_data[name(tag)].replace("\r\n", "\n") for tag in self.tags}
        return {tag: text for tag, text in texts.items() if text}


class Approve(forms.Form):
    """The approver types where and how many: nobody approves without having read both."""

    country = forms.CharField(max_length=2000)
    count = forms.CharField(max_length=20)

    def __init__(self, *args: object, countries: Sequence[str], total: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self.wanted = list(countries)
        self.total = total
        several = len(self.wanted) > 1
        self.fields["country"].label = (
            pgettext("console", "Type the countries, with commas between them")
            if several
            else pgettext("console", "Type the country")
        )
        self.fields["country"].error_messages["required"] = pgettext("console", "Type it as it stands above.")
        self.fields["count"].label = pgettext("console", "Type the number of people")
        self.fields["count"].error_messages["required"] = pgettext(
            "console", "Type the number as it stands above."
        )
        self.fields["count"].widget.attrs.update(inputmode="numeric")
        for field in self.fields.values():
            field.widget.attrs.update(autocomplete="off")
        dress(self)

    def clean_country(self) -> str:
        """Exactly the countries of the campaign, in any order, with or without accents."""
        typed: str = self.cleaned_data["country"]
        if sorted(names.plain(part) for part in re.split(r"[,،;]", typed) if part.strip()) != sorted(
            map(names.plain, self.wanted)
        ):
            raise forms.ValidationError(
                pgettext(
                    "console",
                    "This campaign is for %(countries)s. If you expected another place, send it back.",
                )
                % {"countries": ", ".join(self.wanted)}
            )
        return typed

    def clean_count(self) -> str:
        """The number as it is now: it may have moved since the page was opened."""
        typed: str = self.cleaned_data["count"]
        return _counted(typed, self.total)


class Launch(forms.Form):
    """Nothing to fill in; but the number, when it has grown beyond what officers saw."""

    def __init__(self, *args: object, total: int, grown: bool, recent: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        self.total = total
        if recent:
            self.fields["again"] = forms.BooleanField(
                label=pgettext("console", "Ask them again all the same"),
                error_messages={
                    "required": pgettext("console", "Tick it if they are to be asked again so soon.")
                },
            )
        if grown:
            self.fields["count"] = forms.CharField(
                label=pgettext("console", "Type the number of people"),
                max_length=20,
                error_messages={"required": pgettext("console", "Type the number as it stands above.")},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        dress(self)

    def clean_count(self) -> str:
        """The number as it is now."""
        return _counted(self.cleaned_data["count"], self.total)


class SendBack(forms.Form):
    """Why it goes back to its author."""

    reason = forms.CharField(
        label=pgettext_lazy("console", "What should the author change?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": pgettext_lazy("console", "Say what should change: the author reads it.")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)


def _on_our_clock(moment: datetime | None) -> str:
    return moment.astimezone(ZoneInfo(names.home_zone())).strftime(_MOMENT) if moment else ""


def initial_of(campaign: Campaign) -> Mapping[str, object]:
    """The form's fields as the draft has them."""
    texts = {_name(text.language): text.text for text in campaign.texts.all()}
    corrections = {_correction(tag): text for tag, text in campaign.correction.items()}
    return {
        "seen": versions.mark(campaign),
        "drill": campaign.drill,
        "title": campaign.title,
        "kind": READ if asks_to_be_read(campaign) else campaign.kind,
        "urgency": campaign.urgency,
        "not_after": _on_our_clock(campaign.not_after),
        **audience.initial_of(campaign),
        "template": campaign.template,
        **ladder.initial_of(campaign),
        **texts,
        **corrections,
    }


def _counted(typed: str, total: int) -> str:
    """The digits of a typed number, of any script, when it is the number of people, or was a moment ago."""
    digits = "".join(str(unicodedata.digit(letter)) for letter in typed if letter.isdigit())
    if not digits or not launch.holds(int(digits), total):
        said = pgettext(
            "console", "It is for %(count)d people now. Check that you expect this many, then type %(count)d."
        )
        raise forms.ValidationError(said % {"count": total})
    return digits


def _name(tag: str) -> str:
    return f"text_{tag}"


def _correction(tag: str) -> str:
    return f"correction_{tag}"


def _tags() -> Sequence[str]:
    """Every language, the one everybody falls back to first, then those of the citizens' own country."""
    home = languages.languages_of_country(settings.HOME_COUNTRY)
    tags = [language.tag for language in languages.languages()]
    near = {tag: rank for rank, tag in enumerate(home)}
    return sorted(tags, key=lambda tag: (tag != settings.DEFAULT_LANGUAGE, near.get(tag, len(near)), tag))


def _text_field(tag: str) -> forms.CharField:
    reader = get_language() or "en"
    return forms.CharField(
        label=pgettext("console", "Text in %(language)s") % {"language": names.language(tag, reader)},
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4, "lang": tag, "dir": names.direction(tag)}),
    )


def _correction_field(tag: str) -> forms.CharField:
    return forms.CharField(
        label=pgettext("console", "If it was an error"),
        help_text=correction.standard(tag),
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "lang": tag, "dir": names.direction(tag)}),
    )
