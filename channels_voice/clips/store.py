"""Clips as they are kept: one synthesised and one recorded for a text, in the database that all processes
share. What is recorded is heard; when it is taken back, what was synthesised is heard again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from uuid import UUID, uuid4

from django.core import signing
from django.db import transaction

from channels_voice.clips.inventory import ESSENTIAL, Kind, Needed, bare, is_gap, needed, plain
from channels_voice.clips.sound import Sound, wav_of
from channels_voice.models import Clip, ClipLanguage
from core.models import Officer

_SIZE: Final = 16  # bytes of a key
_HALF: Final = _SIZE  # letters of a name that name its text; the rest names the sound
_FIRST: Final = 2  # letters by which clips are looked up
_SIGNER: Final = signing.Signer(salt="channels_voice.clips", sep=".")


class Unspoken(Exception):
    """A text cannot be said with the clips there are. Carries no text: it may tell of a person's trip."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many of a language's texts can be heard, by kind; `recorded` of them are a person's voice."""

    present: Mapping[Kind, int]
    needed: Mapping[Kind, int]
    recorded: int

    @property
    def ready(self) -> bool:
        """Whether calls can be held in the language."""
        return all(self.present.get(kind, 0) >= self.needed.get(kind, 0) for kind in ESSENTIAL)

    @property
    def heard(self) -> int:
        """How many texts can be heard."""
        return sum(self.present.values())

    @property
    def wanted(self) -> int:
        """How many texts there are."""
        return sum(self.needed.values())


@dataclass(frozen=True, slots=True)
class _Index:
    """The clips of a language by their words, and those by their first letters."""

    names: Mapping[str, str]
    beginning: Mapping[str, Sequence[str]]


def key_of(tag: str, text: str) -> str:
    """The name of a text in a language."""
    return blake2b(f"{tag}\n{bare(text)}".encode(), digest_size=_SIZE).hexdigest()


def keep(tag: str, text: str, sound: Sound, now: datetime, *, officer: Officer | None = None) -> Clip:
    """Keep a clip, in place of the one before in the same voice. With an officer it is a recording.

    The caller holds a transaction and calls `changed` when it is done.
    """
    clip = clip_of(tag, text, sound, now, officer=officer)
    Clip.objects.filter(text_key=clip.text_key, recorded=clip.recorded).delete()
    clip.save(force_insert=True)
    return clip


def clip_of(tag: str, text: str, sound: Sound, now: datetime, *, officer: Officer | None = None) -> Clip:
    """A clip that is not kept yet."""
    recorded = officer is not None
    wav = wav_of(sound, text, tag)
    voice = b"recorded" if recorded else b"synthesised"
    named = blake2b(b"\n".join((tag.encode(), text.encode(), voice, wav)), digest_size=_SIZE // 2)
    key = key_of(tag, text)
    return Clip(
        language=tag,
        text=text,
        text_key=key,
        name=key[:_HALF] + named.hexdigest(),
        sound=wav,
        milliseconds=sound.milliseconds,
        recorded=recorded,
        officer=officer,
        created_at=now,
    )


def changed(tag: str, now: datetime) -> Coverage:
    """After clips of a language changed: have every process read them anew. In the caller's transaction."""
    with transaction.atomic():
        ClipLanguage.objects.get_or_create(tag=tag)
        ClipLanguage.objects.select_for_update().get(tag=tag)
        found = coverage(tag, now)
        ClipLanguage.objects.filter(tag=tag).update(edition=uuid4(), ready=found.ready)
    return found


def coverage(tag: str, now: datetime) -> Coverage:
    """How much of a language can be heard."""
    there: dict[str, bool] = {}
    for key, recorded in Clip.objects.filter(language=tag).values_list("text_key", "recorded"):
        there[key] = there.get(key, False) or recorded
    present = dict.fromkeys(Kind, 0)
    wanted = dict.fromkeys(Kind, 0)
    recorded_ones = 0
    for one in needed(tag, now.date()):
        key = key_of(tag, one.text)
        wanted[one.kind] += 1
        present[one.kind] += key in there
        recorded_ones += there.get(key, False)
    return Coverage(present, wanted, recorded_ones)


def speaks(tag: str) -> bool:
    """Whether calls are held in the language by clips."""
    return ClipLanguage.objects.filter(tag=tag, ready=True).exists()


def said(tag: str, text: str) -> Sequence[str]:
    """The names of the clips that say a text, one after the other. Raises Unspoken where one is missing."""
    edition = ClipLanguage.objects.filter(tag=tag).values_list("edition", flat=True).first()
    if edition is None:
        raise Unspoken
    index = _index(tag, edition)
    pieces = pieces_of(plain(text), index.beginning)
    if pieces is None:
        raise Unspoken
    return [index.names[piece] for piece in pieces]


def signed(name: str) -> str:
    """The clip's name for the provider, which nobody else can make up."""
    return _SIGNER.sign(name)


def sound_of(signed_name: str) -> bytes | None:
    """The WAV file of a signed name; None when there is no such clip (any more). Raises BadSignature."""
    name = _SIGNER.unsign(signed_name)
    found = Clip.objects.filter(name=name).values_list("sound", flat=True).first()
    return None if found is None else bytes(found)


def successor_of(signed_name: str) -> bytes | None:
    """What is heard now of the text of a clip that was replaced: a call that goes on still asks for the old
    one. None when there is nothing. Raises BadSignature."""
    name = _SIGNER.unsign(signed_name)
    heard = Clip.objects.filter(text_key__startswith=name[:_HALF]).order_by("-recorded")
    found = heard.values_list("sound", flat=True).first()
    return None if found is None else bytes(found)


def pieces_of(text: str, beginning: Mapping[str, Sequence[str]]) -> Sequence[str] | None:
    """The fewest pieces that say a text from its first letter to its last; None where it cannot be done.

    Between pieces there may be what is heard as a pause. A number is never cut in two.
    """
    best: dict[int, Sequence[str]] = {len(text): ()}
    for start in reversed(range(len(text))):
        if is_gap(text[start]) and start + 1 in best:
            best[start] = best[start + 1]
        letters = text[start : start + _FIRST]
        for piece in (*beginning.get(letters, ()), *beginning.get(letters[:1], ())):
            end = start + len(piece)
            following = best.get(end)
            if following is None or not text.startswith(piece, start) or _cuts_a_number(text, end):
                continue
            if start not in best or len(following) + 1 < len(best[start]):
                best[start] = (piece, *following)
    return best.get(0)


def beginnings(texts: Iterator[str]) -> Mapping[str, Sequence[str]]:
    """Texts by their first two letters; a text of one letter by that."""
    found: dict[str, list[str]] = {}
    for text in texts:
        found.setdefault(text[:_FIRST], []).append(text)
    return found


def _cuts_a_number(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isdecimal() and text[place].isdecimal()


@lru_cache(maxsize=32)
def _index(tag: str, _edition: UUID) -> _Index:
    """What is synthesised first, so that what is recorded takes its place."""
    rows = Clip.objects.filter(language=tag).order_by("recorded").values_list("text", "name")
    names = {bare(text): name for text, name in rows}
    return _Index(names, beginnings(iter(names)))


def missing(tag: str, now: datetime) -> Sequence[Needed]:
    """What can not be heard yet, the most needed first."""
    there = set(Clip.objects.filter(language=tag).values_list("text_key", flat=True))
    return [one for one in needed(tag, now.date()) if key_of(tag, one.text) not in there]
