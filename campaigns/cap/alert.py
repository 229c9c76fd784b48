"""What an alert of the Common Alerting Protocol 1.2 says (OASIS Standard CAP-v1.2, section 3.2)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
SIGNATURES: Final = "http://www.w3.org/2000/09/xmldsig#"


class Status(StrEnum):
    """How serious it is meant."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"  # between machines
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What it does to earlier alerts."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """Whom its author lets read it."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Urgency(StrEnum):
    """When people have to act."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"  # within the hour
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """What it threatens."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """How sure it is."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class Signature(StrEnum):
    """What is known of an XML signature in the file. None is ever verified: docs/adr says why."""

    NONE = "none"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class Reference:
    """The one name of an alert: who sent it, what they call it, and when."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth (degrees, WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `km` of a point."""

    centre: Point
    km: float


@dataclass(frozen=True, slots=True)
class Geocode:
    """A code of a place, and which list of codes it is from, in the sender's words."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Area:
    """A place the alert is for: any of its shapes and codes."""

    description: str
    circles: tuple[Circle, ...] = ()
    polygons: tuple[tuple[Point, ...], ...] = ()
    geocodes: tuple[Geocode, ...] = ()


@dataclass(frozen=True, slots=True)
class Info:
    """What is said in one language. A text that is not given is ''."""

    language: str
    event: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    onset: datetime | None = None  # when it begins; else from when on the words hold
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = field(default="", repr=False)
    instruction: str = field(default="", repr=False)
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """A whole alert. `ignored` names elements that CAP does not know and nobody read."""

    name: Reference
    status: Status
    msg_type: MsgType
    scope: Scope
    restriction: str
    references: tuple[Reference, ...]
    infos: tuple[Info, ...]
    signature: Signature
    ignored: tuple[str, ...] = ()

    @property
    def expires(self) -> datetime | None:
        """When the last of its words ends to hold; None when one of them says no end."""
        ends = [info.expires for info in self.infos]
        return max((end for end in ends if end), default=None) if all(ends) else None

    @property
    def onset(self) -> datetime | None:
        """When it begins; None when that is not said everywhere."""
        begins = [info.onset for info in self.infos]
        return min((begin for begin in begins if begin), default=None) if all(begins) else None

    @property
    def areas(self) -> tuple[Area, ...]:
        """Every area, each once: most alerts repeat them in each language."""
        named: dict[tuple[object, ...], Area] = {}
        for info in self.infos:
            for area in info.areas:
                named.setdefault(
                    (area.circles, area.polygons, area.geocodes) if _has_shape(area) else (area,), area
                )
        return tuple(named.values())


def _has_shape(area: Area) -> bool:
    return bool(area.circles or area.polygons or area.geocodes)
