"""The synthesiser as the package brings it."""

import pytest

from channels_voice.clips import espeak, inventory


def test_it_tells_itself_which_languages_it_has() -> None:
    voices = espeak.synthesiser().voices
    assert {"am", "sw", "ne", "si", "my", "fa", "ur"} <= set(voices)
    assert [tag for tag in inventory.unspoken() if tag not in voices] == ["so"]


def test_a_language_it_has_not_is_refused() -> None:
    with pytest.raises(espeak.CannotSpeak):
        espeak.synthesiser().say("Waad salaaman tahay", "so")


def test_marks_of_other_scripts_are_pauses_and_are_not_read_out() -> None:
    synthesiser = espeak.synthesiser()
    plain = len(synthesiser.say("ደህና ነዎት.", "am")) / synthesiser.rate
    assert len(synthesiser.say("ደህና ነዎት።", "am")) / synthesiser.rate == pytest.approx(plain, abs=0.1)
