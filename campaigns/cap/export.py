"""A campaign as an alert of CAP 1.2, for other authorities and for the record.

Its scope is Restricted: it was written for registered people, and CAP's Public means "to unrestricted
audiences". Who publishes it decides that anew. What we do not know (severity, certainty) is Unknown, not made
up; a campaign that an alert became keeps that alert's words for them.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from lxml import etree

from campaigns.audience import Audience
from campaigns.cap import areas
from campaigns.cap.alert import NAMESPACE, Alert, Certainty, MsgType, Scope, Severity, Status, Urgency
from campaigns.cap.reading import read
from campaigns.models import Campaign, OfficialAlert
from campaigns.texts import Wordings
from core import places
from core.areas import name_of_area

_COUNTRIES: Final = "ISO 3166-1"
_RESTRICTION: Final = "People registered with %(service)s in the areas named"


def as_cap(campaign: Campaign, now: datetime) -> bytes:
    """The campaign as a CAP 1.2 file, one `info` for each language. Not launched yet: status Draft."""
    root = etree.Element(_tag("alert"), nsmap={None: NAMESPACE})  # type: ignore[dict-item] # as lxml writes a default
    name = _name(campaign, now)
    parts = {
        "identifier": name[1],
        "sender": name[0],
        "sent": name[2],
        "status": _status(campaign),
        "msgType": _msg_type(campaign),
        "scope": Scope.RESTRICTED,
        "restriction": _RESTRICTION % {"service": settings.SERVICE_NAME},
    }
    if earlier := _earlier(campaign):
        parts["references"] = ",".join(_name(earlier, now))
    for part, text in parts.items():
        _add(root, part, text)
    words = Wordings(campaign)
    official = OfficialAlert.objects.filter(campaign=campaign).first()
    origin = read(bytes(official.raw)) if official else None
    for tag in campaign.texts.order_by("pk").values_list("language", flat=True):
        _info(root, campaign, words.of(tag).body, tag, origin)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _name(campaign: Campaign, now: datetime) -> tuple[str, str, str]:
    """Sender, identifier and moment: the same whenever a launched campaign is exported."""
    host = urlsplit(settings.PUBLIC_BASE_URL).hostname or "localhost"
    return host, f"campaign-{campaign.pk}", _moment(campaign.launched_at or now)


def _status(campaign: Campaign) -> Status:
    if campaign.drill:
        return Status.EXERCISE
    return Status.ACTUAL if campaign.launched_at else Status.DRAFT


def _msg_type(campaign: Campaign) -> MsgType:
    """A correction takes back what it corrects, which is what CAP calls Cancel."""
    if campaign.corrects_id:
        return MsgType.CANCEL
    return MsgType.UPDATE if _earlier(campaign) else MsgType.ALERT


def _earlier(campaign: Campaign) -> Campaign | None:
    """The campaign it refers to, if that was ever sent."""
    earlier = campaign.corrects or campaign.follows
    return earlier if earlier and earlier.launched_at else None


def _info(root: etree._Element, campaign: Campaign, text: str, tag: str, origin: Alert | None) -> None:
    """One language. The order of the elements is the standard's."""
    info = etree.SubElement(root, _tag("info"))
    lives = campaign.urgency == Campaign.Urgency.LIFE_SAVING
    first = origin.infos[0] if origin and origin.infos else None
    parts = {
        "language": tag,
        "category": "Safety",
        "event": campaign.title,
        "responseType": "AllClear" if campaign.follow_up == Campaign.FollowUp.ALL_CLEAR else "",
        "urgency": Urgency.IMMEDIATE if lives else first.urgency if first else Urgency.UNKNOWN,
        "severity": first.severity if first else Severity.UNKNOWN,
        "certainty": first.certainty if first else Certainty.UNKNOWN,
        "expires": _moment(origin.expires) if origin and origin.expires else "",
        "senderName": settings.SERVICE_NAME,
        "description": text,
    }
    for part, words in parts.items():
        if words:
            _add(info, part, words)
    for description, circle, (scheme, code) in _areas(Audience.from_json(campaign.audience), tag):
        area = etree.SubElement(info, _tag("area"))
        _add(area, "areaDesc", description)
        if circle:
            _add(area, "circle", circle)
        geocode = etree.SubElement(area, _tag("geocode"))
        _add(geocode, "valueName", scheme)
        _add(geocode, "value", code)


def _areas(audience: Audience, tag: str) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Description, circle ('': none) and its code with the list that it is of."""
    near = audience.near
    at = places.point_of(near.country, near.city) if near else None
    if near and at:
        city = places.name_of_city(near.country, near.city, tag)
        yield city, f"{at[0]:.4f},{at[1]:.4f} {near.km}", (_COUNTRIES, near.country)
        return
    narrowed = audience.within.by_country if audience.within else {}
    for code in audience.countries:
        for area in narrowed.get(code, ()):
            # Not the country's code as well: the whole of it would be alerted.
            yield name_of_area(area, tag), "", (areas.GEONAMES, area.key)
        if code not in narrowed:
            yield places.name_of_country(code, tag), "", (_COUNTRIES, code)


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = "".join(filter(_is_xml, text))


def _is_xml(letter: str) -> bool:
    """Whether XML 1.0 can hold the character: of the control characters only tab and line ends."""
    return letter in "\t\n\r" or (letter >= " " and not "\ud800" <= letter <= "\udfff" and letter < "\ufffe")


def _moment(moment: datetime) -> str:
    """CAP wants seconds and a numeric offset; -00:00 is UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
