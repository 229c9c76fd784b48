"""Naming an emergency contact, and the answer of somebody who was named.

The person says which number and under which name we introduce them, reads what we will text, and agrees. The
number is told once; 0 or STOP from it ends the matter for good.
"""

import re
import unicodedata
from typing import Final

from django.utils.translation import pgettext

from core import emergency, wording
from core.dialogues import language_choice, registration_words
from core.dialogues.answers import agrees, begins_with, chosen, plain, refuses
from core.dialogues.compliance import start_first
from core.dialogues.unread import unread
from core.intents.reading import Intent
from core.intents.text import normalise
from core.intents.understand import names_contact
from core.models import Conversation, EmergencyContact, Person
from core.turn import Choice, Reply, Turn
from telephony.numbers import NotAPhoneNumber, PhoneNumber

NAME: Final = "contact"

# Steps: the number, the name the person is introduced by, the consent; what to do with one that is there.
_NUMBER: Final = "number"
_AS: Final = "as"
_CONSENT: Final = "consent"
_CHANGE: Final = "change"

_DIGITS: Final = re.compile(r"\+?\d[\d\s().-]{5,}\d")
_BETWEEN: Final = frozenset(" .'’-")
_LONGEST_NAME: Final = 30
_OURS: Final = frozenset({Intent.UNKNOWN, Intent.START})


class Contact:
    """Claims the word for it, the answers to its own questions, and the 0 of somebody who was named."""

    def claims(self, turn: Turn) -> bool:
        """Whether this is about an emergency contact."""
        if turn.conversation.dialogue == NAME and agrees(turn.text):
            return True  # "ok" is a word of safety too
        if asks_for_a_name(turn.conversation) and turn.reading.intent is Intent.SAFE:
            return _is_first_name(turn.text)
        if turn.reading.intent not in _OURS and not refuses(turn.text):
            return False
        if turn.conversation.dialogue == NAME:
            return True
        return is_asked_for(turn.text) or _declines(turn)

    def handle(self, turn: Turn) -> Reply:
        """Take in the number, the name, the consent, or the refusal."""
        if turn.conversation.dialogue != NAME and not is_asked_for(turn.text):
            return _declined(turn)
        if turn.conversation.dialogue != NAME or is_asked_for(turn.text):
            return begin(turn)
        if plain(turn.text) == "0" or refuses(turn.text):
            return nothing_changed()
        answer = {_AS: _introduced, _CONSENT: _agreed, _CHANGE: _changed}
        return answer.get(turn.conversation.step, _numbered)(turn)


def asks_for_a_name(conversation: Conversation) -> bool:
    """Whether the open question is how somebody is called: the answer is in no language."""
    return (conversation.dialogue, conversation.step) == (NAME, _AS)


def _is_first_name(text: str) -> bool:
    """Whether a word of safety is somebody's name: Aman, Salama."""
    return len(text.split()) == 1 and _is_name(text.strip())


def begin(turn: Turn) -> Reply:
    """Ask for the number, take the one that was texted with the word, or say which one there is."""
    if turn.opted_out:
        return start_first()
    person = turn.contact.person
    if person is None:
        return register_first()
    if _number_in(turn) is not None:
        return _numbered(turn)
    named = emergency.of(person)
    if named is None:
        return _ask_number(turn)
    turn.ask(NAME, _CHANGE, {}, aside=True)
    # Translators: 1 SMS segment with its two numbered answers. %(contact)s is as in
    # "emergency contact +44..., not told yet".
    text = pgettext("sms", "We hold: %(contact)s. What do you want?")
    return Reply(text % {"contact": told(named, turn)}, _changes())


def told(named: EmergencyContact, turn: Turn) -> str:
    """The contact in the list of what we hold."""
    if named.told_at is None:
        # Translators: part of a list of what we hold about somebody.
        text = pgettext("sms", "emergency contact %(number)s, introduced by %(name)s, not told yet")
        return text % {"number": named.number, "name": named.asked_as}
    # Translators: part of a list of what we hold about somebody; %(day)s is the day the contact was told.
    text = pgettext("sms", "emergency contact %(number)s, told on %(day)s that %(name)s named them")
    on = wording.day(named.told_at.astimezone(turn.zone).date(), turn.today)
    return text % {"number": named.number, "name": named.asked_as, "day": on}


def register_first() -> Reply:
    """Only a registered person has a record to add to."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. REG is your keyword to register.
    return Reply(pgettext("sms", "This is for people with a registered trip. To register one, write REG."))


def words() -> str:
    """What people text for it in the active language, separated by commas."""
    # Translators: never sent. Words for an emergency contact that people may text, alone or before a number,
    # separated by commas; the first is the one our texts name. None may be a word for a call for help.
    return pgettext("sms", "contact, my contact, family contact")


def is_asked_for(text: str) -> bool:
    """Whether the text is the word for it, alone or before a number."""
    return begins_with(text, "contact", words()) or names_contact(text)


def _person(turn: Turn) -> Person:
    person = turn.contact.person
    assert person is not None  # noqa: S101 - `begin` turned everybody else away
    return person


def _ask_number(turn: Turn) -> Reply:
    turn.ask(NAME, _NUMBER, {}, aside=True)
    # Translators: 1 SMS segment, 160 GSM-7 characters. 0 stays as it is.
    text = pgettext(
        "sms",
        "Whom may we contact if something happens to you? Reply with that mobile number, "
        "beginning with + and the country code. 0 ends this.",
    )
    return Reply(text)


def _number_in(turn: Turn) -> PhoneNumber | None:
    found = _DIGITS.search(normalise(turn.text))
    if found is None:
        return None
    try:
        return PhoneNumber.parse(found[0], region=turn.contact.region or None)
    except NotAPhoneNumber:
        return None


def _numbered(turn: Turn) -> Reply:
    number = _number_in(turn)
    if number is None:
        return unread(turn, _ask_number(turn))
    try:
        emergency.check(_person(turn), number, turn.now)
    except emergency.CannotBeNamed:
        return _cannot(turn)
    turn.ask(NAME, _AS, {"number": number.e164}, aside=True)
    return _ask_name(number.e164)


def _ask_name(number: str) -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters. 0 stays as it is.
    text = pgettext(
        "sms",
        "We tell %(number)s once who named them. Reply with your name as they know it, "
        "30 letters at most. 0 ends this.",
    )
    return Reply(text % {"number": number})


def _introduced(turn: Turn) -> Reply:
    number, name = str(turn.conversation.data["number"]), " ".join(turn.text.split())
    if not _is_name(name):
        return unread(turn, _ask_name(number))
    turn.ask(NAME, _CONSENT, {"number": number, "as": name}, aside=True)
    return _ask_consent(number, name)


def _is_name(text: str) -> bool:
    """Whether the text can be a name: letters and their marks, and what stands between them.

    Nobody can have a stranger texted a link, a number or a sentence.
    """
    if len(text) > _LONGEST_NAME or "." in f"{text} ".replace(". ", " "):
        return False  # a point ends a word, as in "Dr. A. Rossi"
    letters = [unicodedata.category(character)[0] in "LM" for character in text]
    marks = [character for letter, character in zip(letters, text, strict=True) if not letter]
    return any(letters) and _BETWEEN.issuperset(marks)


def _ask_consent(number: str, name: str) -> Reply:
    # Translators: with its two numbered answers 2 SMS segments, 306 GSM-7 characters. This is what people
    # consent to: say neither more nor less.
    text = pgettext(
        "sms",
        "We text %(number)s once that %(name)s named them for an emergency, and nothing else about you. "
        "They can refuse. We keep the number as long as your registration.",
    )
    return Reply(text % {"number": number, "name": name}, _consents())


def _consents() -> tuple[Choice, ...]:
    return tuple(choice for choice in registration_words.consent_choices() if choice.key in {"1", "0"})


def _agreed(turn: Turn) -> Reply:
    number, name = str(turn.conversation.data["number"]), str(turn.conversation.data["as"])
    picked = chosen(turn.text, _consents())
    if picked and picked.key == "0":
        return nothing_changed()
    if not picked and not agrees(turn.text):
        return unread(turn, _ask_consent(number, name))
    try:
        emergency.name(
            _person(turn), PhoneNumber(number), asked_as=name, language=turn.contact.language, now=turn.now
        )
    except emergency.CannotBeNamed:
        return _cannot(turn)
    return kept(number)


def kept(number: str) -> Reply:
    """The number is kept and will be told."""
    # Translators: 1 SMS segment, 160 GSM-7 characters. CONTACT is the first of your words for it; MY DATA is
    # your keyword.
    text = pgettext(
        "sms",
        "Thank you. We text %(number)s now; MY DATA tells whether they were told. "
        "To change or remove it write CONTACT.",
    )
    return Reply(text % {"number": number}, ends=True, resumes=True)


def _changes() -> tuple[Choice, ...]:
    return (
        # Translators: numbered answer: to name another emergency contact.
        Choice("1", pgettext("sms", "Another number")),
        # Translators: numbered answer: to remove the emergency contact.
        Choice("2", pgettext("sms", "Remove it")),
    )


def _changed(turn: Turn) -> Reply:
    picked = chosen(turn.text, _changes())
    if picked is None:
        return begin(turn) if _number_in(turn) else unread(turn, begin(turn))
    if picked.key == "1":
        return _ask_number(turn)
    emergency.remove(_person(turn))
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    return Reply(pgettext("sms", "Your emergency contact is deleted."), ends=True, resumes=True)


def _cannot(turn: Turn) -> Reply:
    turn.ask(NAME, _NUMBER, {}, aside=True)
    # Translators: 1 SMS segment, 160 GSM-7 characters. It must not tell which of the reasons it is.
    text = pgettext(
        "sms",
        "We cannot use this number: it is no mobile phone, does not want our texts, or too many were named "
        "today. Reply with another one, or 0.",
    )
    return Reply(text)


def nothing_changed() -> Reply:
    """The answer to 0 where a question could be left."""
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    return Reply(pgettext("sms", "Nothing was changed."), ends=True, resumes=True)


def _declines(turn: Turn) -> bool:
    """Whether a number that was named says no, with no other question of ours open."""
    says_no = plain(turn.text) == "0" or refuses(turn.text)
    # Who could not read our language may have asked for the list of them: it knows no 0.
    is_free = turn.conversation.dialogue in {"", language_choice.NAME}
    return says_no and is_free and emergency.was_asked(bytes(turn.contact.number_index))


def _declined(turn: Turn) -> Reply:
    emergency.refuse(bytes(turn.contact.number_index), turn.now)
    # Translators: 1 SMS segment, 160 GSM-7 characters. To somebody who does not want to be a contact.
    text = pgettext("sms", "Your number is deleted as an emergency contact, and nobody can name it again.")
    return Reply(text, ends=True, always=True)
