"""An alert read from a file: whole, or not at all with every reason and its line.

The file may come from anybody. lxml is told to leave entities alone, to load nothing and to bound its own
work, and a file with a DOCTYPE is refused: no alert needs one (libxml2 also stops at its own limits of depth
and of a text's length). Elements of other namespaces are nobody's to read.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from lxml import etree

from campaigns.cap.alert import (
    NAMESPACE,
    SIGNATURES,
    Alert,
    Area,
    Certainty,
    Circle,
    Geocode,
    Info,
    MsgType,
    Point,
    Reference,
    Scope,
    Severity,
    Signature,
    Status,
    Urgency,
)

LARGEST: Final = 512_000
"""Bytes of one file: national alerts in several languages with polygons have 20 to 200 thousand."""

_MOST: Final = 200
"""Infos, areas in an info, shapes in an area, references: more is no alert that an officer could read."""

_SHOWN: Final = 20  # unknown elements that are named
_LONGEST_NAME: Final = 250
"""Characters of a sender or identifier; CAP sets no bound, the database does."""

_ELEMENTS: Final[frozenset[str]] = frozenset(
    {
        "alert", "identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction",
        "addresses", "code", "note", "references", "incidents", "info", "language", "category", "event",
        "responseType", "urgency", "severity", "certainty", "audience", "eventCode", "effective",
        "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
        "parameter", "resource", "resourceDesc", "mimeType", "size", "uri", "derefUri", "digest", "area",
        "areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling", "valueName", "value",
    }
)  # fmt: skip

Word = TypeVar("Word", bound=StrEnum)


class Wrong(StrEnum):
    """Why a file, or a line of it, cannot be used."""

    UNREADABLE = "unreadable"  # no XML, no CAP 1.2, or too large
    HOSTILE = "hostile"  # brings its own entities or names other files
    MISSING = "missing"  # the element must be there and is not, or says nothing
    VALUE = "value"  # the element holds what CAP does not know
    UNUSED = "unused"  # an alert of this status or type never becomes a campaign
    CHANGED = "changed"  # another content came under the same name before


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used, counted from 1, and the element. Never what stands in it."""

    line: int
    element: str
    reason: Wrong


class Unusable(Exception):
    """The file cannot be used; `bad` says which lines and why."""

    def __init__(self, bad: Sequence[BadLine]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.element} {one.reason}" for one in bad))
        self.bad = bad


def read(raw: bytes) -> Alert:
    """Read a CAP 1.2 file. Raises Unusable with everything that is wrong with it."""
    root = parse(raw, LARGEST)
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise Unusable([BadLine(_line(root), "alert", Wrong.UNREADABLE)])
    reader = _Reader()
    alert = reader.alert(root)
    if alert is None or reader.bad:
        raise Unusable(sorted(set(reader.bad), key=lambda one: (one.line, one.element)))
    return alert


def parse(raw: bytes, largest: int) -> etree._Element:
    """The root of an XML file that may be hostile. Raises Unusable."""
    if len(raw) > largest:
        raise Unusable([BadLine(1, "", Wrong.UNREADABLE)])
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise Unusable([BadLine(error.lineno or 1, "", Wrong.UNREADABLE)]) from None
    if root is None:
        raise Unusable([BadLine(1, "", Wrong.UNREADABLE)])
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr] # the stubs lack it
        raise Unusable([BadLine(1, "DOCTYPE", Wrong.HOSTILE)])
    return root


class _Reader:
    """Reads one file, noting what is wrong as it goes: an officer wants all of it at once."""

    def __init__(self) -> None:
        self.bad: list[BadLine] = []

    def alert(self, root: etree._Element) -> Alert | None:
        """The alert; None when something without which there is none is wrong."""
        sender, identifier = self._name(root, "sender"), self._name(root, "identifier")
        sent = self._moment(root, "sent", wanted=True)
        status = self._word(root, "status", Status)
        msg_type = self._word(root, "msgType", MsgType)
        scope = self._word(root, "scope", Scope)
        self._refuse(root, "status", status in {Status.SYSTEM, Status.DRAFT})
        self._refuse(root, "msgType", msg_type in {MsgType.ACK, MsgType.ERROR})
        restriction = self._text(root, "restriction")
        if scope is Scope.RESTRICTED and not restriction:
            self._note(root, "restriction", Wrong.MISSING)
        references = tuple(self._references(root))
        if msg_type in {MsgType.UPDATE, MsgType.CANCEL} and not references:
            self._note(root, "references", Wrong.MISSING)
        infos = tuple(self._info(one) for one in self._all(root, "info"))
        if not infos and msg_type in {MsgType.ALERT, MsgType.UPDATE}:
            self._note(root, "info", Wrong.MISSING)
        if sent is None or status is None or msg_type is None or scope is None or self.bad:
            return None
        return Alert(
            name=Reference(sender, identifier, sent),
            status=status,
            msg_type=msg_type,
            scope=scope,
            restriction=restriction,
            references=references,
            infos=tuple(info for info in infos if info),
            signature=_signature(root),
            ignored=_ignored(root),
        )

    def _info(self, info: etree._Element) -> Info | None:
        event = self._text(info, "event", wanted=True)
        urgency = self._word(info, "urgency", Urgency)
        severity = self._word(info, "severity", Severity)
        certainty = self._word(info, "certainty", Certainty)
        areas = tuple(self._area(area) for area in self._all(info, "area"))
        begins = self._moment(info, "onset") or self._moment(info, "effective")
        expires = self._moment(info, "expires")
        if urgency is None or severity is None or certainty is None:
            return None
        return Info(
            # CAP: without a language it is en-US.
            language=self._text(info, "language") or "en-US",
            event=event,
            urgency=urgency,
            severity=severity,
            certainty=certainty,
            onset=begins,
            expires=expires,
            sender_name=self._text(info, "senderName"),
            headline=self._text(info, "headline"),
            description=self._text(info, "description"),
            instruction=self._text(info, "instruction"),
            areas=areas,
        )

    def _area(self, area: etree._Element) -> Area:
        return Area(
            description=self._text(area, "areaDesc", wanted=True),
            circles=tuple(circle for one in self._all(area, "circle") for circle in self._circle(one)),
            polygons=tuple(ring for one in self._all(area, "polygon") for ring in self._polygon(one)),
            geocodes=tuple(
                Geocode(self._text(one, "valueName"), self._text(one, "value"))
                for one in self._all(area, "geocode")
            ),
        )

    def _circle(self, element: etree._Element) -> Iterator[Circle]:
        """CAP: "latitude,longitude radius", the radius in kilometres."""
        centre, _, radius = _content(element).partition(" ")
        point, km = _point(centre), _number(radius)
        if point is None or km is None or km < 0:
            self._wrong(element)
        else:
            yield Circle(point, km)

    def _polygon(self, element: etree._Element) -> Iterator[tuple[Point, ...]]:
        """CAP: "latitude,longitude" pairs, at least four, of which the last is the first again."""
        pairs = _content(element).split()
        if not pairs:
            return  # Canadian and other alerts have empty elements for what they do not say
        points = [_point(pair) for pair in pairs]
        ring = tuple(point for point in points if point)
        if len(pairs) < 4 or len(ring) < len(pairs):
            self._wrong(element)
        else:
            yield ring

    def _references(self, root: etree._Element) -> Iterator[Reference]:
        """CAP: "sender,identifier,sent", with white space between several."""
        for element in self._all(root, "references"):
            for triple in _content(element).split()[:_MOST]:
                sender, _, rest = triple.partition(",")
                identifier, _, sent = rest.rpartition(",")
                moment = _moment(sent)
                if sender and identifier and moment:
                    yield Reference(sender, identifier, moment)
                else:
                    self._wrong(element)

    def _name(self, root: etree._Element, name: str) -> str:
        """A part of the alert's name. CAP: without white space, commas, < and &."""
        text = self._text(root, name, wanted=True)
        if len(text) > _LONGEST_NAME or re.search(r"[\s,<&]", text):
            self._note(root, name, Wrong.VALUE)
        return text

    def _text(self, parent: etree._Element, name: str, *, wanted: bool = False) -> str:
        elements = self._all(parent, name)
        text = _content(elements[0]) if elements else ""
        if wanted and not text:
            self._note(parent, name, Wrong.MISSING)
        return text

    def _word(self, parent: etree._Element, name: str, words: type[Word]) -> Word | None:
        text = self._text(parent, name, wanted=True)
        if text and text not in set(words):
            self._note(parent, name, Wrong.VALUE)
        return words(text) if text in set(words) else None

    def _moment(self, parent: etree._Element, name: str, *, wanted: bool = False) -> datetime | None:
        text = self._text(parent, name, wanted=wanted)
        moment = _moment(text)
        if text and moment is None:
            self._note(parent, name, Wrong.VALUE)
        return moment

    def _refuse(self, root: etree._Element, name: str, refused: bool) -> None:  # noqa: FBT001 - the condition
        if refused:
            self._note(root, name, Wrong.UNUSED)

    def _all(self, parent: etree._Element, name: str) -> Sequence[etree._Element]:
        found = parent.findall(f"{{{NAMESPACE}}}{name}")
        if len(found) > _MOST:
            self._wrong(found[_MOST])
        return found[:_MOST]

    def _wrong(self, element: etree._Element) -> None:
        self.bad.append(BadLine(_line(element), etree.QName(element).localname, Wrong.VALUE))

    def _note(self, parent: etree._Element, name: str, reason: Wrong) -> None:
        found = parent.find(f"{{{NAMESPACE}}}{name}")
        self.bad.append(BadLine(_line(parent if found is None else found), name, reason))


def _content(element: etree._Element) -> str:
    """The element's own words with single spaces: line ends of a file are not line ends of a message."""
    return " ".join((element.text or "").split())


def _point(pair: str) -> Point | None:
    north, _, east = pair.partition(",")
    latitude, longitude = _number(north), _number(east)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Point(latitude, longitude)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # CAP: the offset is part of it. At the ends of the calendar no other time zone has a date for it.
    return moment if moment.tzinfo and 1 < moment.year < 9999 else None


def _signature(root: etree._Element) -> Signature:
    signed = root.find(f"{{{SIGNATURES}}}Signature") is not None
    return Signature.UNVERIFIED if signed else Signature.NONE


def _ignored(root: etree._Element) -> tuple[str, ...]:
    """Local names of elements beside the standard's and beside a signature's, each once."""
    names: dict[str, None] = {}
    waiting = list(root)
    while waiting:
        element = waiting.pop()
        name = etree.QName(element)
        if name.namespace == SIGNATURES:
            continue
        if name.namespace != NAMESPACE or name.localname not in _ELEMENTS:
            names[name.localname[:40]] = None
        waiting += list(element)
    return tuple(sorted(names))[:_SHOWN]


def _line(element: etree._Element) -> int:
    line: object = element.sourceline  # the stubs do not say what it is
    return line if isinstance(line, int) else 1
