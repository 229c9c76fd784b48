"""What people can keep with us, told as phones show it, in every language that has a catalog.

A story is written once, in words that every language reads (places, dates, digits, our English keywords and
the catalog's own words); its transcript in a language is made by `pytest --update-snapshots` once there is a
catalog, and reviewed. Two phones A and B; `< ` is what we send by ourselves. Numbers and codes are left out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from time_machine import TimeMachineFixture

from campaigns import jobs as clockwork
from channels_sms import jobs
from channels_sms.segments import Encoding, count
from core.dialogues import contact, second_phone
from core.languages import speaking
from core.models import ContactPoint, Message, Person
from core.privacy.index import blind_index
from tests import make, stories, transcripts
from tests.phone import Phone

CODE = re.compile(r"\d{4} \d{4}")
# What we hold takes one segment more than any other answer.
BUDGET = {Encoding.GSM_7: 3, Encoding.UCS_2: 6}


@dataclass(frozen=True)
class Story:
    """Two phones of one language and what they show, in order."""

    tag: str
    phones: dict[str, Phone]
    move_to: Callable[[str], object]
    lines: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)  # the numbers of messages that were shown
    codes: list[str] = field(default_factory=list)

    def says(self, name: str, text: str) -> None:
        """The phone texts us; what it reads in answer."""
        answer = self.phones[name].texts(text)
        self.codes.extend(CODE.findall(answer))
        self.lines.append(f"{name} > {text}\n{answer or transcripts.SILENCE}")

    def later(self, moment: str | None = None) -> None:
        """Time passes; what the phones get by themselves."""
        if moment:
            self.move_to(moment)
        jobs.say_what_waits()
        clockwork.ask_about_endings()
        new = Message.objects.filter(direction="out", answers=None).exclude(pk__in=self.heard).order_by("pk")
        for message in new.select_related("contact"):
            self.heard.append(str(message.pk))
            name = next(n for n, phone in self.phones.items() if phone.number == message.contact.phone)
            self.lines.append(f"{name} < {message.body}")

    def told(self) -> str:
        """The transcript, without numbers and codes."""
        text = "\n\n".join(self.lines) + "\n"
        for name, phone in self.phones.items():
            text = text.replace(phone.number.e164, f"(number of {name})")
        for code in self.codes:
            text = text.replace(code, "(code)")
        return text


def word(choose: Callable[[], str], tag: str) -> str:
    """The first word of a list in the catalog: the one our texts name."""
    with speaking(tag):
        return choose().split(",")[0].strip().upper()


def journey(story: Story) -> None:
    """Two legs in one text, one of them changed, a third added, all of it over."""
    for text in ["Cairo 1/12 5/12, Paris 5/12 9/12", "2", "2", "2", "5/12 12/12", "1"]:
        story.says("A", text)
    for text in ["UPDATE", "2", "4", "Osaka", "20/12", "MY DATA", "END TRIP Egypt", "END TRIP"]:
        story.says("A", text)


def open_ended(story: Story) -> None:
    """A stay whose end nobody knows: kept, asked about, gone on, ended by a date."""
    for text in ["REG LIBYA TRIPOLI", "25/11", "0", "1"]:
        story.says("A", text)
    story.later("2027-02-16T10:00:00+00:00")
    story.says("A", "1")
    story.later("2027-05-10T10:00:00+00:00")
    story.says("A", "20/5")


def end_date(story: Story) -> None:
    """The last day: a new date, and the next time home."""
    for text in ["REG LIBYA TRIPOLI 20/11 24/11", "1"]:
        story.says("A", text)
    story.later("2026-11-24T10:00:00+00:00")
    story.says("A", "28/11")
    story.later("2026-11-28T10:00:00+00:00")
    story.says("A", "1")


def emergency_contact(story: Story) -> None:
    """Somebody is named, told, and refuses."""
    registered(story)
    story.says("A", word(contact.words, story.tag))
    for text in [story.phones["B"].number.e164, "Ali", "1", "MY DATA"]:
        story.says("A", text)
    story.later()
    story.says("B", "0")
    story.later()
    story.says("A", f"{word(contact.words, story.tag)} {story.phones['B'].number.e164}")
    story.says("A", "0")


def two_phones(story: Story) -> None:
    """A second phone joins, reads the record and is parted again."""
    registered(story)
    story.says("A", word(second_phone.words, story.tag))
    story.says("B", story.codes[-1])
    story.later()
    story.says("B", "MY DATA")
    story.says("A", word(second_phone.words, story.tag))
    story.says("A", "2")
    story.says("B", "MY DATA")


def registered(story: Story) -> None:
    """A trip that the story does not tell."""
    person = Person.objects.create(created_at=make.NOW)
    index = blind_index(story.phones["A"].number)
    ContactPoint.objects.filter(number_index=index).update(person=person)
    make.trip(of=person)


STORIES = [journey, open_ended, end_date, emergency_contact, two_phones]


@pytest.fixture
def tell(
    phones: Callable[[int], Phone], now: datetime, time_machine: TimeMachineFixture
) -> Callable[[str], Story]:
    """A story in a language that its phones have chosen."""

    def begin(tag: str) -> Story:
        pair = {"A": phones(0), "B": phones(1)}
        for phone in pair.values():
            point = make.contact(phone=phone.number, language=tag, now=now)
            ContactPoint.objects.filter(pk=point.pk).update(language_chosen=True)
        return Story(tag, pair, time_machine.move_to)

    time_machine.move_to(make.NOW)
    return begin


@pytest.mark.parametrize("plot", STORIES, ids=lambda plot: plot.__name__)
@pytest.mark.parametrize("tag", stories.tags())
def test_the_story_reads_as_it_was_agreed(
    tell: Callable[[str], Story], plot: Callable[[Story], None], tag: str, *, updating: bool
) -> None:
    story = tell(tag)
    plot(story)
    for shown in story.lines:
        cost = count(shown.partition("\n")[2] if shown[2] == ">" else shown[4:])
        assert cost.segments <= BUDGET[cost.encoding], shown
    told, name = story.told(), plot.__name__
    if updating:
        transcripts.write(name, tag, told)
    if not transcripts.path(name, tag).exists():
        pytest.skip(f"within its budget, but nobody has read it in {tag} yet: --update-snapshots writes it")
    assert told == transcripts.read(name, tag)


def test_every_story_is_kept_in_the_languages_we_began_with() -> None:
    missing = [
        f"{plot.__name__}/{tag}"
        for plot in STORIES
        for tag in ("en", "it", "es", "fr", "ar")
        if not transcripts.path(plot.__name__, tag).exists()
    ]
    assert missing == []
