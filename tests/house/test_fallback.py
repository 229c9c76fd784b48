"""The static answers that the provider gives while the service is down."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command

from channels_sms import segments
from channels_voice import voices
from channels_voice.clips import inventory, render
from config.environment import ROOT
from core.languages import language, languages
from twin import verbs
from twin.sound import listened
from twin.webhooks import Answer

FOLDER = ROOT / "deploy/fallback"
TAGS = [known.tag for known in languages()]
RENDERED = [tag for tag in inventory.unspoken() if render.can_speak(tag)]


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_a_fallback_of_one_message_within_two_segments(tag: str) -> None:
    document = ElementTree.parse(FOLDER / f"{tag}.xml").getroot()  # noqa: S314 - our own file
    assert [node.tag for node in document.iter()] == ["Response", "Message"]
    cost = segments.count(document[0].text or "")
    assert cost.segments <= (1 if cost.encoding is segments.Encoding.GSM_7 else 2)


@pytest.mark.parametrize("tag", TAGS)
def test_every_language_has_a_fallback_for_calls_that_is_heard_and_hangs_up(tag: str) -> None:
    path = FOLDER / "voice" / f"{tag}.xml"
    document = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
    *plays, say, hangup = document
    assert (document.tag, say.tag, hangup.tag) == ("Response", "Say", "Hangup")
    assert say.get("language") == language(voices.stand_in(tag)).voice
    assert 0 < len(say.text or "") < 250
    assert [play.text for play in plays] == ([f"{tag}.wav"] if tag in RENDERED else [])
    assert verbs.parse(path.read_text("utf-8"), "https://fallback.example/voice/").warnings == ()


@pytest.mark.parametrize("tag", RENDERED)
def test_its_sound_says_in_the_language_what_a_text_is_answered(tag: str, tmp_path: Path) -> None:
    call_command("voices", "fallback", tag, into=tmp_path)
    heard = listened(Answer(200, "audio/wav", (tmp_path / f"{tag}.wav").read_bytes()))
    text = ElementTree.parse(FOLDER / f"{tag}.xml").getroot().findtext("Message")  # noqa: S314 - our own file
    assert (heard.says, heard.language) == (text, tag)
    assert 4 < heard.seconds < 25


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"sw: .*gone: No such file or directory"):
        call_command("voices", "fallback", "sw", into=tmp_path / "gone")
