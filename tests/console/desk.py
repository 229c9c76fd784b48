"""An officer at the console, for tests."""

from django.test import Client
from django.utils import timezone

from campaigns import launch
from campaigns.models import Campaign
from core.models import Officer
from core.officers import Role
from tests import make


def at_the_desk(officer: Officer | Role) -> Client:
    """A browser in which that officer, or a new one of that role, has logged in."""
    client = Client()
    client.force_login(officer if isinstance(officer, Officer) else make.officer(officer))
    return client


def submitted_campaign(author: Officer) -> Campaign:
    """A campaign for one traveller in Libya, made and submitted through the same door as the page's."""
    now = timezone.now()
    make.traveller(now=now)
    campaign = make.campaign(author=author, now=now)
    launch.submit(campaign, by=author, now=now)
    return campaign


def looked_at(client: Client, address: str) -> dict[str, str]:
    """What the page of a step sends back of itself: which state of the campaign it showed."""
    page = client.get(address)
    return {"seen": page.context["seen"]} if page.status_code == 200 else {}
