"""Reading alerts: whole, or not at all with every reason and its line."""

import pytest

from campaigns.cap.alert import Circle, MsgType, Point, Reference, Scope, Signature, Status
from campaigns.cap.reading import LARGEST, BadLine, Unusable, Wrong, read
from tests.campaigns.cap.sample import CIRCLE, alert, info, refers, shared

BOMB = b'<!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


def reasons(raw: bytes) -> list[tuple[str, Wrong]]:
    with pytest.raises(Unusable) as unusable:
        read(raw)
    return [(one.element, one.reason) for one in unusable.value.bad]


def test_all_languages_and_areas_of_an_alert_are_read() -> None:
    found = read(alert([info("en"), info("ar", headline="SAMPLE فيضان")]))
    assert [one.language for one in found.infos] == ["en", "ar"]
    assert (found.status, found.msg_type, found.scope) == (Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    assert found.areas[0].circles == (Circle(Point(32.76, 22.63), 50),)
    assert len(found.areas) == 1


def test_an_update_names_the_alert_before_by_all_three_parts_of_its_name() -> None:
    found = read(alert(number=2, msgType="Update", more=refers(1)))
    first = read(alert(number=1)).name
    assert found.references == (first,)
    assert first == Reference("sample@example.org", "SAMPLE-1", first.sent)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", ("", Wrong.UNREADABLE)),
        (b"<alert", ("", Wrong.UNREADABLE)),
        (b"<html/>", ("alert", Wrong.UNREADABLE)),
        (b"x" * (LARGEST + 1), ("", Wrong.UNREADABLE)),
        (alert().replace(b"cap:1.2", b"cap:1.1"), ("alert", Wrong.UNREADABLE)),
        (alert(scope=""), ("scope", Wrong.MISSING)),
        (alert(status="Real"), ("status", Wrong.VALUE)),
        (alert(status="System"), ("status", Wrong.UNUSED)),
        (alert(status="Draft"), ("status", Wrong.UNUSED)),
        (alert(msgType="Ack"), ("msgType", Wrong.UNUSED)),
        (alert(msgType="Error"), ("msgType", Wrong.UNUSED)),
        (alert(msgType="Update"), ("references", Wrong.MISSING)),
        (alert(msgType="Cancel", more="<references>a,b</references>"), ("references", Wrong.VALUE)),
        (alert(sent="2026-11-22T10:00:00"), ("sent", Wrong.VALUE)),
        (alert(sender="two words"), ("sender", Wrong.VALUE)),
        (alert(identifier="I" * 300), ("identifier", Wrong.VALUE)),
        (alert(scope="Restricted"), ("restriction", Wrong.MISSING)),
        (alert([info(severity="Bad")]), ("severity", Wrong.VALUE)),
        (alert([info(expires="tomorrow")]), ("expires", Wrong.VALUE)),
        (alert([info(area=CIRCLE.replace("32.76", "132.76"))]), ("circle", Wrong.VALUE)),
        (alert([info(area=CIRCLE.replace(" 50", " nan"))]), ("circle", Wrong.VALUE)),
        (alert([info(area=CIRCLE.replace("circle>", "polygon>"))]), ("polygon", Wrong.VALUE)),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_read(raw: bytes, reason: tuple[str, Wrong]) -> None:
    assert reason in reasons(raw)


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    with pytest.raises(Unusable) as unusable:
        read(alert(["\n" + info(urgency="Soon", certainty="")], scope="All"))
    assert list(unusable.value.bad) == [
        BadLine(3, "scope", Wrong.VALUE),
        BadLine(5, "certainty", Wrong.MISSING),
        BadLine(5, "urgency", Wrong.VALUE),
    ]


@pytest.mark.parametrize("head", [BOMB, OUTSIDE])
def test_a_file_that_brings_entities_is_refused_and_none_is_looked_up(head: bytes) -> None:
    raw = alert().replace(b"?>\n", b"?>\n" + head, 1).replace(b"SAMPLE words.", b"&b;&x;")
    assert reasons(raw)[0][1] in {Wrong.HOSTILE, Wrong.UNREADABLE}


def test_a_doctype_in_another_encoding_is_seen_too() -> None:
    raw = alert().replace(b"?>\n", b"?>\n<!DOCTYPE alert>\n", 1).decode().replace("UTF-8", "UTF-16")
    assert reasons(raw.encode("utf-16")) == [("DOCTYPE", Wrong.HOSTILE)]


def test_a_million_nested_elements_are_refused() -> None:
    assert reasons(b"<a>" * 100_000)[0][1] is Wrong.UNREADABLE


def test_parts_beside_the_standard_are_named_and_the_rest_is_read() -> None:
    found = read(alert([info(area=CIRCLE + "<colour>red</colour>")]))
    assert found.ignored == ("colour",)


def test_a_signature_is_seen_and_never_called_verified() -> None:
    signature = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'
    assert read(alert([info(), signature])).signature is Signature.UNVERIFIED
    assert read(alert()).signature is Signature.NONE


@pytest.mark.parametrize(
    ("file", "infos", "signature"),
    [
        ("CanadaNaad.xml", 2, Signature.UNVERIFIED),
        ("Philippines-Flood-MultiLanguage.xml", 2, Signature.NONE),
        ("TropicalCyclone20150806.xml", 1, Signature.UNVERIFIED),
        ("TropicalCyclone20150808.xml", 1, Signature.UNVERIFIED),
        ("australia.cap", 2, Signature.NONE),
        ("sweden.cap", 1, Signature.NONE),
    ],
)
def test_published_alerts_are_read(file: str, infos: int, signature: Signature) -> None:
    found = read(shared(file).read_bytes())
    assert (len(found.infos), found.signature) == (infos, signature)


def test_the_published_hostile_and_invalid_alerts_are_refused() -> None:
    assert reasons(shared("xee.cap").read_bytes()) == [("DOCTYPE", Wrong.HOSTILE)]
    assert reasons(shared("invalid.cap").read_bytes()) == [("scope", Wrong.MISSING)]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_no_other_time_zone_has_a_date_for_is_refused(moment: str) -> None:
    assert reasons(alert(sent=moment)) == [("sent", Wrong.VALUE)]
    assert reasons(alert([info(expires=moment)])) == [("expires", Wrong.VALUE)]
