"""Prepared words for the usual emergencies, in every language: an officer chooses, reads and adapts them.

The advice is what the authorities for civil protection agree on, and no more of it than fits. Earthquake:
"drop, cover and hold on", and away from damaged buildings afterwards (IFRC public awareness messages; USGS;
ready.gov). Flood: higher ground, never through flood water (IFRC; ready.gov). Fighting: indoors, away from
windows (travel advice of foreign ministries). Evacuation: papers, water and medicines (IFRC; ready.gov).
Epidemic: clean hands, distance from who is ill, a call before the visit to a doctor (WHO).
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.translation import pgettext

from campaigns import replies
from campaigns.audience import Audience
from campaigns.models import Campaign
from channels_sms import render
from core import languages, wording
from core.turn import Reply


class Template(StrEnum):
    """For which emergency the words are."""

    CHECK_IN = "check-in"
    EARTHQUAKE = "earthquake"
    FLOOD = "flood"
    CONFLICT = "conflict"
    EVACUATION = "evacuation"
    EPIDEMIC = "epidemic"
    ALL_CLEAR = "all-clear"

    @property
    def kind(self) -> Campaign.Kind:
        """Whether its words ask for an answer."""
        return Campaign.Kind.ALERT if self in _TELLING else Campaign.Kind.CHECK_IN


_TELLING: Final = frozenset({Template.EPIDEMIC, Template.ALL_CLEAR})


def texts(template: Template, audience: Audience) -> Mapping[str, str]:
    """The words in every language we speak, by its tag, with the places of the audience named in it."""
    return {language.tag: text(template, audience, language.tag) for language in languages.languages()}


def text(template: Template, audience: Audience, tag: str) -> str:
    """The words in one language. A check-in ends with the question and its three numbered answers."""
    with languages.speaking(tag):
        said = _WORDS[template]() % {"service": settings.SERVICE_NAME, "place": _place(audience)}
        if template.kind != Campaign.Kind.CHECK_IN:
            return said
        # Translators: ends the text of an emergency, the three answers stand below it. At most 40 characters.
        question = pgettext("sms", "Are you safe? Reply 1, 2 or 3:")
        return render.lines(Reply(f"{said} {question}", replies.choices()))


def differing(campaign: Campaign) -> frozenset[str]:
    """The languages in which the campaign's words are not those of its template; none without a template."""
    if not campaign.template:
        return frozenset()
    template, audience = Template(campaign.template), Audience.from_json(campaign.audience)
    written = campaign.texts.values_list("language", "text")
    return frozenset(tag for tag, said in written if said != text(template, audience, tag))


def _place(audience: Audience) -> str:
    """Where it is, in the active language: the city it is near, else the countries."""
    if audience.near and audience.near.city:
        return wording.place(audience.near.country, audience.near.city)
    return ", ".join(wording.place(code, None) for code in audience.countries)


def _check_in() -> str:
    # Translators: an emergency's text; "Are you safe? Reply 1, 2 or 3:" and three answers follow.
    # 1 SMS segment, 90 GSM-7 characters or 45 of another script. The place may stand in brackets.
    return pgettext("sms", "%(service)s is checking on everyone in %(place)s.")


def _earthquake() -> str:
    # Translators: an emergency's text; "Are you safe? Reply 1, 2 or 3:" and three answers follow.
    # 1 SMS segment, 120 GSM-7 characters or 80 of another script. The place may stand in brackets. Use the
    # words for "drop, cover, hold on" that your country's civil protection teaches.
    return pgettext(
        "sms",
        "%(service)s: earthquake in %(place)s. If it shakes: drop, cover, hold on. "
        "Keep away from damaged buildings.",
    )


def _flood() -> str:
    # Translators: an emergency's text; "Are you safe? Reply 1, 2 or 3:" and three answers follow.
    # 1 SMS segment, 120 GSM-7 characters or 80 of another script. The place may stand in brackets.
    return pgettext(
        "sms",
        "%(service)s: flood in %(place)s. Go to higher ground. Do not walk or drive through water.",
    )


def _conflict() -> str:
    # Translators: an emergency's text; "Are you safe? Reply 1, 2 or 3:" and three answers follow.
    # 1 SMS segment, 120 GSM-7 characters or 80 of another script. The place may stand in brackets.
    return pgettext(
        "sms",
        "%(service)s: fighting in %(place)s. Stay indoors, away from windows.",
    )


def _evacuation() -> str:
    # Translators: an emergency's text; "Are you safe? Reply 1, 2 or 3:" and three answers follow.
    # 1 SMS segment, 120 GSM-7 characters or 80 of another script. The place may stand in brackets.
    return pgettext(
        "sms",
        "%(service)s: leave %(place)s as soon as the way is safe. Take papers, water and medicines.",
    )


def _epidemic() -> str:
    # Translators: an emergency's text; nothing follows. 1 SMS segment, 160 GSM-7 characters or 134 of
    # another script. The place may stand in brackets.
    return pgettext(
        "sms",
        "%(service)s: dangerous disease in %(place)s. Wash your hands often. Keep away from people who are "
        "ill. If you feel ill, call a doctor before you go.",
    )


def _all_clear() -> str:
    # Translators: says that an emergency is over. 1 SMS segment, 160 GSM-7 characters or 134 of another
    # script. The place may stand in brackets. SOS stays as it is.
    return pgettext(
        "sms",
        "%(service)s: the danger in %(place)s is over. You need not reply. If you need help, write SOS.",
    )


_WORDS: Final[Mapping[Template, Callable[[], str]]] = {
    Template.CHECK_IN: _check_in,
    Template.EARTHQUAKE: _earthquake,
    Template.FLOOD: _flood,
    Template.CONFLICT: _conflict,
    Template.EVACUATION: _evacuation,
    Template.EPIDEMIC: _epidemic,
    Template.ALL_CLEAR: _all_clear,
}
