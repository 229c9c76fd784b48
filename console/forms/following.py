"""How a new campaign goes on from one that was sent."""

from collections.abc import Sequence
from typing import Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import pgettext_lazy

from campaigns.following import Follow
from campaigns.models import Campaign
from console.forms.look import dress

_NEWCOMERS: Final = "newcomers"
_SAME: Final = "same"


class Following(forms.Form):
    """An update or the all-clear, and to whom."""

    what = forms.ChoiceField(
        label=pgettext_lazy("console", "What do you want to tell them?"),
        choices=[
            (
                Campaign.FollowUp.UPDATE.value,
                pgettext_lazy("console", "Update: there is news, and it goes on"),
            ),
            (
                Campaign.FollowUp.ALL_CLEAR.value,
                pgettext_lazy("console", "All-clear: it is over, and nobody is asked any more"),
            ),
        ],
        initial=Campaign.FollowUp.UPDATE.value,
        widget=forms.RadioSelect,
    )
    whom = forms.ChoiceField(
        label=pgettext_lazy("console", "Who gets it"),
        choices=[
            (
                _NEWCOMERS,
                pgettext_lazy("console", "Everyone who got the first message, and whoever is there now"),
            ),
            (_SAME, pgettext_lazy("console", "Exactly those who got the first message")),
        ],
        initial=_NEWCOMERS,
        widget=forms.RadioSelect,
    )
    spare_safe = forms.BooleanField(
        label=pgettext_lazy("console", "Leave out whoever said that they are safe"), required=False
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed on as they came
        dress(self)

    @property
    def radios(self) -> Sequence[BoundField]:
        """The two choices."""
        return [self["what"], self["whom"]]

    def follow(self) -> Follow:
        """What campaigns.following drafts."""
        given = self.cleaned_data
        return Follow(
            Campaign.FollowUp(given["what"]),
            newcomers=given["whom"] == _NEWCOMERS,
            spare_safe=given["spare_safe"],
        )
