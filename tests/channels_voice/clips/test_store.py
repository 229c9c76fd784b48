"""What is said with which clips."""

from datetime import datetime

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from channels_voice import twiml
from channels_voice.clips import inventory, store
from channels_voice.clips.inventory import Kind, bare
from channels_voice.clips.sound import Sound
from channels_voice.clips.store import Unspoken, beginnings, pieces_of
from channels_voice.models import Clip
from core.officers import Role
from tests import make
from tests.channels_voice.clips import spoken


def _pieces(text: str, *texts: str) -> list[str] | None:
    found = pieces_of(text, beginnings(iter(texts)))
    return None if found is None else list(found)


def test_a_text_is_said_with_the_fewest_clips() -> None:
    assert _pieces("Libya, 25 Novemba", "Libya", "25", "2", "5", "Novemba", "25 Novemba") == [
        "Libya",
        "25 Novemba",
    ]


def test_a_number_is_never_put_together_from_others() -> None:
    assert _pieces("watu 25", "watu", "2", "5") is None


def test_a_word_without_a_clip_leaves_the_whole_text_unsaid() -> None:
    assert _pieces("Habari Asha", "Habari") is None
    assert _pieces("Nigeria", "Niger") is None


def test_prefixes_of_a_word_are_clips_too() -> None:
    assert _pieces("ከ25 ኖቬምበር ጀምሮ", "ከ", "25", "ኖቬምበር", "ጀምሮ") == ["ከ", "25", "ኖቬምበር", "ጀምሮ"]


def test_digits_of_any_script_are_the_same_number() -> None:
    assert bare("၂၅ ယောက်။") == "25 ယောက်"


@pytest.mark.parametrize("tag", inventory.unspoken())
def test_a_language_needs_each_text_once_and_no_text_has_a_gap_to_fill(tag: str, now: datetime) -> None:
    found = inventory.needed(tag, now.date())
    assert len({one.key for one in found}) == len(found) > 1000
    assert [one.text for one in found if "%" in one.text or not one.key] == []
    assert {one.kind for one in found} == set(Kind)


@pytest.mark.django_db
def test_what_a_person_recorded_is_heard_and_taken_back_again(now: datetime) -> None:
    spoken.speak("sw", now, kinds={Kind.NUMBER})
    before = store.said("sw", "25")
    store.keep("sw", "25", spoken.BEEP, now, officer=make.officer(Role.AUTHOR))
    store.changed("sw", now)
    recorded = store.said("sw", "25")
    assert recorded != before
    Clip.objects.filter(recorded=True).delete()
    store.changed("sw", now)
    assert store.said("sw", "25") == before


@pytest.mark.django_db
def test_a_language_is_spoken_once_every_sentence_is_there(now: datetime) -> None:
    lacking = next(one.key for one in inventory.needed("sw", now.date()) if one.kind is Kind.SENTENCE)
    assert not spoken.speak("sw", now, without={lacking}).ready
    assert not store.speaks("sw")
    spoken.speak("sw", now, kinds={Kind.SENTENCE})
    assert store.speaks("sw")
    with pytest.raises(Unspoken):
        store.said("sw", "Habari Asha")


@pytest.mark.django_db
def test_a_clip_is_fetched_by_its_signed_name_alone(now: datetime) -> None:
    spoken.speak("sw", now, kinds={Kind.NUMBER})
    [name] = store.said("sw", "25")
    path = twiml.clip_url(name).removeprefix(settings.PUBLIC_BASE_URL)
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "audio/wav")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.content == bytes(Clip.objects.get(name=name).sound)
    assert not answer.cookies


@pytest.mark.django_db
def test_a_call_that_asks_for_a_clip_replaced_meanwhile_hears_the_new_one(now: datetime) -> None:
    spoken.speak("sw", now, kinds={Kind.NUMBER})
    [synthesised] = store.said("sw", "25")
    first = store.keep("sw", "25", spoken.BEEP, now, officer=make.officer(Role.AUTHOR))
    again = store.keep("sw", "25", Sound(spoken.BEEP.samples[:80]), now, officer=first.officer)
    answer = Client().get(twiml.clip_url(first.name).removeprefix(settings.PUBLIC_BASE_URL))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.content == bytes(again.sound) != bytes(first.sound)
    still = Client().get(twiml.clip_url(synthesised).removeprefix(settings.PUBLIC_BASE_URL))
    assert still.content == bytes(Clip.objects.get(name=synthesised).sound)


@pytest.mark.django_db
def test_a_name_that_we_did_not_sign_is_refused(now: datetime) -> None:
    spoken.speak("sw", now, kinds={Kind.NUMBER})
    [name] = store.said("sw", "25")
    other = signing.Signer(salt="something else", sep=".").sign(name)
    for path in (f"/clips/{name}.wav", f"/clips/{other}.wav", "/clips/x.y.wav"):
        refused = Client().get(path)
        assert (refused.status_code, refused.content) == (403, b"")
    gone = twiml.clip_url(name).removeprefix(settings.PUBLIC_BASE_URL)
    Clip.objects.all().delete()
    assert Client().get(gone).status_code == 404
    assert Client().post(gone).status_code == 405
