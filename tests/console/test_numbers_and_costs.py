"""What officers see of our numbers, of what a campaign costs, and of the texts that a template writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from django.urls import reverse

from campaigns import templates
from campaigns.audience import Audience
from campaigns.models import Campaign, CampaignText
from campaigns.templates import Template
from core import breaker, sender_health
from core.models import ContactPoint
from core.officers import Role
from telephony.messages import DeliveryStatus
from tests import make
from tests.console.desk import at_the_desk
from tests.console.test_campaigns import WRITTEN
from tests.core.test_sender_health import OTHER, OURS, sent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HEAD = "country,sms,call,currency\n"


@pytest.fixture
def point() -> Iterator[ContactPoint]:
    sender_health.forget()
    yield make.contact()
    sender_health.forget()


def row_of(page: str, number: str) -> str:
    return page.split(f"<bdi>{number}</bdi>")[1].split("</tr>", maxsplit=1)[0]


def test_a_number_that_delivers_badly_is_named_with_its_codes_and_its_place_is_taken(
    point: ContactPoint,
) -> None:
    sent(point, DeliveryStatus.UNDELIVERED, code=30007)
    sent(point, DeliveryStatus.DELIVERED, sender=OTHER)
    sender_health.review(make.NOW)
    page = at_the_desk(Role.AUTHOR).get(reverse("console:settings-senders")).content.decode()
    assert "Delivers badly: others take over" in row_of(page, OURS)
    assert "30007: " in row_of(page, OURS)
    assert "Delivers badly" not in row_of(page, OTHER)
    assert "Delivers" in row_of(page, OTHER)


def test_nothing_sent_lately_says_so(point: ContactPoint) -> None:
    page = at_the_desk(Role.ANALYST).get(reverse("console:settings-senders"))
    assert page.status_code in {200, 403}
    page = at_the_desk(Role.AUTHOR).get(reverse("console:settings-senders"))
    assert "Nothing was sent in the last minutes." in page.content.decode()


def test_an_account_that_is_refused_is_said_on_every_page(point: ContactPoint) -> None:
    client = at_the_desk(Role.AUTHOR)
    pages = [reverse("console:settings-senders"), reverse("console:campaigns")]
    quiet = [client.get(page).content.decode() for page in pages]
    breaker.trip(20003, make.NOW)
    for before, page in zip(quiet, pages, strict=True):
        assert "20003" in client.get(page).content.decode()
        assert "20003" not in before


def priced(tmp_path: Path, lines: str) -> str:
    """The page of a campaign for one traveller, with that price table."""
    table = tmp_path / "prices.csv"
    table.write_text(HEAD + lines)
    campaign = make.campaign()
    with override_settings(PRICES=table):
        page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk]))
    return page.content.decode().split('id="cost"')[1].split("</section>")[0]


def test_the_costs_stand_by_country_with_the_first_message_and_at_most(tmp_path: Path) -> None:
    region = make.traveller().region
    shown = priced(tmp_path, f"{region},0.10,0.02,EUR\n")
    # Two texts, and two calls of two minutes.
    assert shown.count("€0.10") == 2
    assert shown.count("€0.28") == 2
    assert "In all" in shown


def test_a_country_without_a_price_and_a_table_with_mistakes_are_named(tmp_path: Path) -> None:
    region = make.traveller().region
    other = "LY" if region != "LY" else "MT"
    assert "Without a price, so not counted" in priced(tmp_path, f"{other},1,1,EUR\n")
    assert "Mistakes in line: 2" in priced(tmp_path, "XX,1,1,EUR\n")


def test_phones_of_no_country_are_counted_as_without_a_price(tmp_path: Path) -> None:
    phone = make.traveller()
    ContactPoint.objects.filter(pk=phone.pk).update(region="")
    assert "Without a price, so not counted: not known (1)" in priced(tmp_path, "LY,1,1,EUR\n")


@override_settings(PRICES=None)
def test_without_a_table_the_page_says_who_adds_one() -> None:
    make.traveller()
    address = reverse("console:campaign", args=[make.campaign().pk])
    assert "No price table" in at_the_desk(Role.AUTHOR).get(address).content.decode()


def test_write_the_texts_fills_every_language_and_keeps_nothing() -> None:
    typed = WRITTEN | {"fill": "1", "template": Template.FLOOD.value, "text_en": "mine"}
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), typed)
    shown = page.content.decode()
    assert page.status_code == 200
    assert not Campaign.objects.exists()
    texts = templates.texts(Template.FLOOD, Audience(("LY",)))
    boxes = shown.split("<textarea ")
    for tag in ("en", "it", "ar"):
        box = next(box for box in boxes if f'name="text_{tag}"' in box)
        assert texts[tag].split()[0] in box
    assert "mine" not in next(box for box in boxes if 'name="text_en"' in box)
    assert "not yet reviewed by a native speaker" in shown


def test_write_the_texts_without_a_country_says_what_is_missing() -> None:
    typed = WRITTEN | {"fill": "1", "template": Template.FLOOD.value, "countries": []}
    page = at_the_desk(Role.AUTHOR).post(reverse("console:campaign-new"), typed)
    assert "Choose a template and the countries first" in page.content.decode()


def test_a_text_is_marked_as_unreviewed_or_as_the_authors_own() -> None:
    texts = templates.texts(Template.FLOOD, Audience(("LY",)))
    campaign = make.campaign(kind=Campaign.Kind.ALERT, texts={"en": texts["en"], "it": "Our own words."})
    Campaign.objects.filter(pk=campaign.pk).update(template=Template.FLOOD.value)
    CampaignText.objects.filter(language="en").update(text=texts["en"])
    page = at_the_desk(Role.AUTHOR).get(reverse("console:campaign", args=[campaign.pk])).content.decode()
    blocks = {block.split("<")[0].strip(): block for block in page.split('<div class="text-shown"><h3>')[1:]}
    assert "differs from the template" in blocks["Italian"]
    assert "differs from the template" not in blocks["English"]
    assert "not yet reviewed by a native speaker" in blocks["English"]
