"""The static answers that the provider gives while the service is down."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from channels_sms import segments
from config.environment import ROOT
from core.languages import language, languages

FOLDER = ROOT / "deploy/fallback"


@pytest.mark.parametrize("tag", [known.tag for known in languages()])
def test_every_language_has_a_fallback_of_one_message_within_two_segments(tag: str) -> None:
    document = ElementTree.parse(FOLDER / f"{tag}.xml").getroot()  # noqa: S314 - our own file
    assert [node.tag for node in document.iter()] == ["Response", "Message"]
    cost = segments.count(document[0].text or "")
    assert cost.segments <= (1 if cost.encoding is segments.Encoding.GSM_7 else 2)


@pytest.mark.parametrize("path", sorted((FOLDER / "voice").glob("*.xml")), ids=lambda path: path.stem)
def test_the_fallback_of_a_call_speaks_in_the_voice_of_its_language_and_hangs_up(path: Path) -> None:
    document = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    assert [node.tag for node in document.iter()] == ["Response", "Say", "Hangup"]
    assert document[0].get("language") == language(path.stem).voice
    assert 0 < len(document[0].text or "") < 250
