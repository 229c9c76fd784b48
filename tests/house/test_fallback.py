"""The static answers that the provider gives while the service is down."""

from xml.etree import ElementTree

import pytest

from channels_sms import segments
from config.environment import ROOT
from core.languages import languages

FOLDER = ROOT / "deploy/fallback"


@pytest.mark.parametrize("tag", [language.tag for language in languages()])
def test_every_language_has_a_fallback_of_one_message_within_two_segments(tag: str) -> None:
    document = ElementTree.parse(FOLDER / f"{tag}.xml").getroot()  # noqa: S314 - our own file
    assert [node.tag for node in document.iter()] == ["Response", "Message"]
    cost = segments.count(document[0].text or "")
    assert cost.segments == (1 if cost.encoding is segments.Encoding.GSM_7 else 2)
