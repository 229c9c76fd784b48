"""Prepared words: complete in every language, short, answerable, and compared with what was made of them."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from campaigns import launch, templates
from campaigns.audience import Audience, Near
from campaigns.models import Campaign
from campaigns.templates import Template
from channels_sms import render, segments
from core import languages, wording
from core.officers import Role
from tests import make

LIBYA = Audience(("LY",))
TAGS = [language.tag for language in languages.languages()]


@pytest.mark.parametrize("tag", TAGS)
def test_every_template_fits_two_segments_of_gsm_or_four_of_another_script(tag: str) -> None:
    for template in Template:
        cost = segments.count(render.as_letters(templates.text(template, LIBYA, tag)))
        allowed = 2 if cost.encoding is segments.Encoding.GSM_7 else 4
        assert cost.segments <= allowed, (template, cost.segments)


@pytest.mark.parametrize("tag", TAGS)
def test_every_template_says_who_speaks_and_where_and_asks_by_three_digits_where_it_asks(tag: str) -> None:
    with languages.speaking(tag):
        place = wording.place("LY", None)
    for template in Template:
        said = templates.text(template, LIBYA, tag)
        assert "Alongside" in said
        assert place in said
        starts = [line.partition(" ")[0] for line in said.splitlines()[1:]]
        assert starts == (["1", "2", "3"] if template.kind == Campaign.Kind.CHECK_IN else [])


def test_a_city_is_named_where_the_rule_is_around_one() -> None:
    near = Audience(("LY",), near=Near("LY", "Tripoli", 50))
    assert "in Tripoli, Libya." in templates.text(Template.FLOOD, near, "en")


def test_accents_that_alone_would_double_the_price_are_left_out_at_sending() -> None:
    written = templates.text(Template.FLOOD, LIBYA, "pt")
    assert "ã" in written
    assert segments.count(render.as_letters(written)).encoding is segments.Encoding.GSM_7


@pytest.mark.django_db
def test_the_command_writes_a_template_in_every_language_and_takes_words_of_ones_own() -> None:
    author = make.officer(Role.AUTHOR)
    given = [
        "--template",
        "epidemic",
        "--country",
        "LY",
        "--text",
        "en=Stay at home.",
        "--as",
        author.username,
    ]
    out = StringIO()
    call_command("campaign", "create", *given, "--json", stdout=out)
    campaign = Campaign.objects.get(pk=json.loads(out.getvalue())["id"])
    assert campaign.kind == Campaign.Kind.ALERT
    assert set(campaign.texts.values_list("language", flat=True)) == set(TAGS)
    assert templates.differing(campaign) == {"en"}


@pytest.mark.django_db
@pytest.mark.parametrize("left", ["Go to {place}.", "%(service)s: flood."])
def test_a_placeholder_left_in_a_text_is_no_draft(left: str) -> None:
    draft = launch.Draft("Flood", Campaign.Kind.ALERT, LIBYA, {"en": left})
    with pytest.raises(launch.WrongDraft) as refusal:
        launch.create(draft, by=make.officer(Role.AUTHOR), now=make.NOW)
    assert refusal.value.detail == "placeholder"
