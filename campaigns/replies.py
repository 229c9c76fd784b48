"""Answers to a check-in, and calls for help at any time: whatever else a text may be, these come first.

A person is safe only by an explicit word or digit. Need help, once said, is taken back by nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import pgettext

from campaigns import (
    acknowledging,
    callers,
    cases,
    cries,
    details,
    inquiries,
    involvement,
    live,
    noting,
    questions,
)
from campaigns.models import Case, Recipient
from campaigns.questions import CHECK_IN, LISTED, OPEN_FOR, WHICH, Asked
from campaigns.texts import as_drill
from core.dialogues.answers import agrees, chosen, number_in, plain, refuses
from core.intents.reading import Intent
from core.models import ContactPoint
from core.turn import Choice, Reply, Turn
from telephony.messages import DeliveryStatus

Answer = Recipient.Answer

_ASKED_AGAIN: Final = 2

_BY_INTENT: Final[Mapping[Intent, Answer]] = {
    Intent.SAFE: Answer.SAFE,
    Intent.NEED_HELP: Answer.NEEDS_HELP,
    Intent.NOT_THERE: Answer.NOT_THERE,
}
_BY_DIGIT: Final[Mapping[int, Answer]] = {1: Answer.SAFE, 2: Answer.NEEDS_HELP, 3: Answer.NOT_THERE}
# All that can be about somebody's safety; every other intent is another dialogue's. START is also the
# carriers' reading of "yes", which does not answer "are you safe?".
_OURS: Final = frozenset({*_BY_INTENT, Intent.HELP, Intent.START, Intent.UNKNOWN})

# What a recipient's answer may be replaced by: nothing but "safe" takes back a call for help, and noise
# replaces no answer.
_KEEPS: Final[Mapping[Answer, tuple[Answer, ...]]] = {
    Answer.SAFE: (),
    Answer.NEEDS_HELP: (),
    Answer.NOT_THERE: (Answer.NEEDS_HELP,),
    Answer.UNCLEAR: (Answer.SAFE, Answer.NEEDS_HELP, Answer.NOT_THERE, Answer.ACKNOWLEDGED),
}


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a text says, to which question (None: to none), beside which case.

    `asked` are all the questions it may answer; where they are doubtful, the person is asked which.
    """

    answer: Answer
    recipient: Recipient | None
    case: Case | None
    asked: Asked


# A batch's questions are marked as asked together, and leave one after the other.
_LEFT: Final = frozenset({DeliveryStatus.SENT.value, DeliveryStatus.DELIVERED.value})
_LEAVES_WITHIN: Final = timedelta(minutes=2)
# Questions that are a check-in's own, or of what came of it.
_OWN: Final = frozenset({CHECK_IN, WHICH, details.NAME})

_CALLER_OF: Final = "campaign"  # whose question it is, put to somebody whom it did not ask


class CampaignReply:
    """Claims every call for help, answers to the check-in asked last, and more words on an open case."""

    def claims(self, turn: Turn) -> bool:
        """Whether the text is about somebody's safety."""
        return turn.once(_hear) is not None

    def handle(self, turn: Turn) -> Reply:
        """Note the answer, open or complete the case, and say what happens next."""
        heard = turn.once(_hear)
        if heard is None:
            raise ValueError("handles only what it claims")
        campaign = heard.recipient.campaign if heard.recipient else None
        if heard.asked.doubtful and heard.answer in {Answer.SAFE, Answer.NOT_THERE}:
            return _ask_which(turn, heard)
        has_case = _note(turn, heard)
        if turn.conversation.dialogue in {CHECK_IN, WHICH} and heard.answer is not Answer.UNCLEAR:
            turn.close()
        if campaign is not None and campaign.drill and _is_practice(turn, heard.answer):
            return _practised(turn, heard)
        if heard.answer is Answer.NEEDS_HELP:
            turn.hold()
            inquiries.pass_on(turn)
            # Whoever cries for help in words means it, also while a drill asks: no case for practice.
            real = None if campaign is None or campaign.drill else campaign
            cases.open_case(
                turn.contact, reason=Case.Reason.NEEDS_HELP, words=turn.text, campaign=real, now=turn.now
            )
            return _help_is_told() if heard.case is None or _of_a_drill(heard.case) else _passed_on()
        if has_case and heard.answer in {Answer.SAFE, Answer.NOT_THERE}:
            cases.heard_from(turn.contact, now=turn.now)
        if heard.answer is Answer.SAFE:
            if has_case:
                cases.say_safe(turn.contact, words=turn.text, now=turn.now)
            return _safe_is_noted(officer_calls=heard.case is not None)
        return _other_words(turn, heard)

    def waiting(self, turn: Turn) -> Reply | None:
        """The check-in that nobody answered yet, unless something else was asked since.

        To somebody who waits to be led it is put whatever else was asked: it comes before anything.
        """
        if turn.is_led:
            return _led(turn)
        if not turn.trips:
            return None  # only travellers are asked
        recipient = questions.next_for(turn)
        if recipient is None or recipient.answer or _later_question(turn, recipient):
            return None
        if recipient.campaign.closed_at or recipient.campaign.drill:
            return None  # an all-clear ended it, or nobody need remember it
        # Translators: below an answer about something else, above the three answers. About 80 characters.
        text = pgettext("sms", "And are you safe? Please reply 1, 2 or 3:")
        text = questions.placed(text, recipient.campaign) if questions.were_several(turn) else text
        return Reply(text, choices())


class LatestQuestion(CampaignReply):
    """Claims the digit that answers a check-in which was asked last, by text.

    It stands before the dialogues that know their own digits alone: the list of languages, asked for before
    the earth shook, is not what a "2" is about.
    """

    def claims(self, turn: Turn) -> bool:
        """Whether the text is a digit for the check-in, and another question was open when that came."""
        if turn.guided or not turn.conversation.dialogue or not plain(turn.text).isdigit():
            return False
        if turn.conversation.dialogue in {CHECK_IN, WHICH} or not super().claims(turn):
            return False
        recipient, other_asked_at = questions.meant(turn).latest, turn.conversation.asked_at
        if recipient is None or recipient.asked_at is None or other_asked_at is None:
            return False
        if _is_on_its_way(turn, recipient):
            return False
        return recipient.asked_at > other_asked_at and _by_digit(turn) is not None


def _is_practice(turn: Turn, answer: Answer) -> bool:
    """Whether a drill's answer is nothing more: a digit, or words that say no ill.

    A cry in words is real, and so may be words that nobody can read.
    """
    return plain(turn.text).isdigit() or answer in {Answer.SAFE, Answer.NOT_THERE}


def _of_a_drill(case: Case) -> bool:
    return case.campaign is not None and case.campaign.drill


def _practised(turn: Turn, heard: _Heard) -> Reply:
    """An answer to a drill: it moves nothing that is real, and says how to be taken seriously."""
    case = heard.case
    if heard.answer is Answer.NEEDS_HELP and (case is None or _of_a_drill(case)):
        campaign = heard.recipient.campaign if heard.recipient else None
        cases.open_case(
            turn.contact, reason=Case.Reason.NEEDS_HELP, words=turn.text, campaign=campaign, now=turn.now
        )
    if heard.answer is Answer.SAFE and case is not None and _of_a_drill(case):
        cases.say_safe(turn.contact, words=turn.text, now=turn.now)
    silent = cases.waiting_for(turn.contact)
    if silent is not None and _of_a_drill(silent):
        cases.heard_from(turn.contact, now=turn.now)
    if heard.answer is Answer.UNCLEAR:
        turn.miss()
        again = _ask_again(turn.conversation.misses)
        aloud = as_drill(again.aloud) if again.aloud else again.aloud
        return replace(again, text=as_drill(again.text), aloud=aloud) if again.text else again
    # Translators: 1 SMS segment, 160 GSM-7 characters with the word for drill at both ends. SOS stays.
    text = pgettext("sms", "Thank you. Your answer counts as practice. If you really need help, write SOS.")
    # Translators: spoken; ends a drill for whoever answered it.
    aloud = pgettext("voice", "This was a drill. If you really need help, call us again.")
    return Reply(as_drill(text), resumes=True, always=True, aloud=aloud)


def _led(turn: Turn) -> Reply | None:
    """The check-in that is not answered yet, as a question of this conversation."""
    recipient = questions.next_for(turn)
    if recipient is not None and recipient.campaign.closed_at:
        recipient = None  # an all-clear ended it: whoever answers is heard, and nobody is asked
    asked = {"recipient": recipient.pk} if recipient else {}
    if recipient is None and (recipient := callers.recipient_of(turn, turn.now - OPEN_FOR)):
        asked = {_CALLER_OF: recipient.campaign_id}
    if recipient is None or recipient.answer not in {"", Answer.UNCLEAR}:
        if turn.conversation.dialogue == CHECK_IN:
            turn.close()  # answered meanwhile, by text or to an officer
        return None
    turn.ask(CHECK_IN, "answer", asked, aside=True)
    # Translators: spoken, the question of a check-in; followed by its three answers. At most 12 seconds.
    text = pgettext("voice", "The crisis unit asks everyone in the area: are you safe?")
    text = questions.placed(text, recipient.campaign) if questions.are_several(turn) else text
    return Reply(as_drill(text) if recipient.campaign.drill else text, choices(), always=True)


def _ask_which(turn: Turn, heard: _Heard) -> Reply:
    """Several check-ins are open, about different places: which one is answered?

    Nothing is noted before that is known. After two questions in vain an officer reads it.
    """
    if turn.conversation.dialogue == WHICH and turn.miss():
        cases.open_case(
            turn.contact,
            reason=Case.Reason.UNCLEAR,
            words=turn.text,
            campaign=heard.recipient.campaign if heard.recipient else None,
            now=turn.now,
        )
    listed = [row.pk for row in heard.asked.rows]
    turn.ask(WHICH, "place", {"answer": heard.answer.value, LISTED: listed}, aside=True)
    # Translators: 1 SMS segment with two or three places below it, each with a number from 5 on. SOS stays as
    # it is.
    text = pgettext("sms", "We asked you about several places. Which one do you mean? In danger: SOS.")
    return Reply(text, choices=questions.choices(heard.asked.rows), always=True)


def _other_words(turn: Turn, heard: _Heard) -> Reply:
    """Words that are neither a call for help nor "safe"."""
    recipient, case = heard.recipient, heard.case
    in_need = recipient is not None and recipient.answer == Answer.NEEDS_HELP
    if heard.answer is Answer.NOT_THERE and case is None and not in_need:
        return _not_there_is_noted()
    # Somebody waits for help, or nobody could read this: an officer does.
    case = cases.open_case(
        turn.contact,
        reason=Case.Reason(case.reason) if case else Case.Reason.UNCLEAR,
        words=turn.text,
        campaign=recipient.campaign if recipient and not recipient.campaign.drill else None,
        now=turn.now,
    )
    if in_need or case.reason == Case.Reason.NEEDS_HELP:
        return _passed_on()
    turn.miss()
    turn.message.unclear = True
    return _ask_again(turn.conversation.misses)


def _hear(turn: Turn) -> _Heard | None:
    """What the text says about its sender's safety; None when it is for another dialogue."""
    intent = turn.reading.intent
    if intent not in _OURS:
        return None
    involved = involvement.of(turn)
    asked = questions.meant(turn)
    if (calling := _calling(turn)) and (turn.guided or not asked.rows):
        asked = Asked((calling,))
    recipient = asked.latest
    if recipient is None and cries.heard(turn):
        recipient = _warned(turn, involved)
    case = cases.waiting_for(turn.contact) if involved.has_case else None
    if case is not None and case.reason in cases.NOT_THEIR_WORD:
        case = None  # it says that nothing was heard: not what was said is about it
    asked_last = recipient is not None and not _later_question(turn, recipient)
    asked_last = asked_last and not _is_on_its_way(turn, recipient)
    if which := _picked(turn, asked):
        return _Heard(Answer(str(turn.conversation.data["answer"])), which[0], case, Asked(which))
    answer = _said(turn, recipient, asked_last=asked_last)
    if answer is None and case is not None:
        answer = _said_to_the_case(turn)
    still_asks = asked_last and recipient is not None and not recipient.campaign.closed_at
    if answer is None and intent is not Intent.HELP and still_asks and recipient is not None:
        answer = Answer.UNCLEAR if recipient.answer in {"", Answer.UNCLEAR} else None
    return _Heard(answer, recipient, case, asked) if answer else None


def _warned(turn: Turn, involved: involvement.Involvement) -> Recipient | None:
    """Somebody nobody asked yet, where a warning or a check-in is out: "help" is no wish for instructions.

    The cry is shown on its board, too.
    """
    warned = acknowledging.alert_of(turn.contact, turn.now) if involved.was_alerted else None
    if turn.reading.intent is Intent.NEED_HELP or (warned is not None and _asks(warned)):
        return warned
    return callers.recipient_of(turn, turn.now - OPEN_FOR)


def _picked(turn: Turn, asked: Asked) -> Sequence[Recipient]:
    """The check-ins about the place that is named where several were open; none for any other text."""
    if turn.conversation.dialogue != WHICH or turn.reading.intent is Intent.NEED_HELP:
        return ()
    rows = questions.listed(turn) or asked.rows
    places = questions.choices(rows)
    picked = chosen(turn.text, places)
    if picked == places[-1]:
        return rows
    return [row for row in rows if picked and questions.place(row.campaign) == picked.label]


def _calling(turn: Turn) -> Recipient | None:
    """Somebody whom a check-in was put to because they called; None for everybody else."""
    if turn.conversation.dialogue != CHECK_IN or _CALLER_OF not in turn.conversation.data:
        return None
    return callers.recipient_in(int(str(turn.conversation.data[_CALLER_OF])), turn.contact)


def _said_to_the_case(turn: Turn) -> Answer | None:
    """What somebody for whom an officer acts says, whether or not a question is open."""
    if turn.reading.intent is Intent.SAFE:
        return Answer.SAFE
    if turn.reading.intent is not Intent.UNKNOWN:
        return None
    elsewhere = _goes_on(turn) if turn.held else _other_question(turn)
    return None if elsewhere else Answer.UNCLEAR


def _goes_on(turn: Turn) -> bool:
    """Whether somebody who asked for help goes back to the question that waits: by digits, yes or no.

    Any other words are about their need: a place named now is where they are, not where they travel to.
    """
    return not any(map(str.isalpha, plain(turn.text))) or agrees(turn.text) or refuses(turn.text)


def unanswered(now: datetime) -> QuerySet[ContactPoint]:
    """The phones that have an open check-in and did not say that they are safe or elsewhere."""
    settled = [Answer.SAFE.value, Answer.NOT_THERE.value]
    asked = questions.open_questions(now).exclude(answer__in=settled)
    return ContactPoint.objects.filter(pk__in=asked.values("contact_id"))


def _other_question(turn: Turn) -> bool:
    """Whether another dialogue waits for an answer."""
    asked_at, expires_at = turn.conversation.asked_at, turn.conversation.expires_at
    return bool(asked_at and (expires_at is None or expires_at > turn.now))


def _later_question(turn: Turn, recipient: Recipient) -> bool:
    """Whether another dialogue asked something after the check-in did.

    Somebody on the line answers the question they just heard, whatever a text asks them meanwhile. What was
    asked on the line about a call for help is over once its case is.
    """
    over = turn.conversation.dialogue == details.NAME and not involvement.of(turn).has_case
    if turn.conversation.dialogue == WHICH or (over and not turn.guided):
        return False
    if turn.guided or turn.conversation.dialogue == CHECK_IN:
        return turn.conversation.dialogue != CHECK_IN
    asked_at = turn.conversation.asked_at
    if not _other_question(turn) or asked_at is None or recipient.asked_at is None:
        return False
    return asked_at > recipient.asked_at


def _is_on_its_way(turn: Turn, recipient: Recipient | None) -> bool:
    """Whether what was typed can hardly be an answer: another question is open, and the check-in's text may
    not have left. A "2" is one all the same: better one call for help too many."""
    if recipient is None or recipient.asked_at is None or turn.guided or not _other_question(turn):
        return False
    if turn.conversation.dialogue in _OWN or recipient.delivery in _LEFT:
        return False
    just_now = turn.now - recipient.asked_at < _LEAVES_WITHIN
    return just_now and _by_digit(turn) is not Answer.NEEDS_HELP


def _said(turn: Turn, recipient: Recipient | None, *, asked_last: bool) -> Answer | None:
    """The answer in a text: a word of it in any language, or the digit of a question nobody asked since."""
    by_word = _BY_INTENT.get(turn.reading.intent)
    if by_word is Answer.NEEDS_HELP:
        return by_word
    if recipient is None:
        return None
    if (asked_last or _asks(recipient)) and cries.heard(turn):
        return Answer.NEEDS_HELP  # also in the middle of another matter
    if asked_last:
        return by_word or _by_digit(turn)
    # A single word such as "ok" may as well answer the later question; a sentence about safety does not.
    return by_word if len(plain(turn.text).split()) > 1 else None


def _asks(recipient: Recipient) -> bool:
    """Whether the campaign is real, and no all-clear has ended it."""
    return not recipient.campaign.drill and recipient.campaign.closed_at is None


def _by_digit(turn: Turn) -> Answer | None:
    if turn.reading.intent is not Intent.UNKNOWN:
        return None
    if picked := chosen(turn.text, choices()):
        return _BY_DIGIT[int(picked.key)]
    alone = plain(turn.text)
    return _BY_DIGIT.get(number_in(turn.text) or 0) if alone.isdigit() else None


def _note(turn: Turn, heard: _Heard) -> bool:
    """Write the answer where it must not be kept out; whether the person may have an open case.

    Several check-ins about one place asked the same thing, and "safe" answers them all. A call for help is
    noted with the latest, and nobody stays safe for another who calls for help.
    """
    if heard.recipient is None:
        return True
    if heard.recipient._state.adding:  # noqa: SLF001 - Django documents it: a caller nobody asked before
        if heard.answer is not Answer.UNCLEAR:
            heard.recipient.answer = heard.answer
            callers.keep(heard.recipient, turn.message.sender, turn.now)
            live.publish_after_commit(heard.recipient.campaign_id, turn.now)
        return True
    rows = [heard.recipient]
    if heard.answer in {Answer.SAFE, Answer.NOT_THERE}:
        rows = list(heard.asked.rows) or rows
    elif heard.answer is Answer.NEEDS_HELP and not heard.recipient.campaign.drill:
        rows += [row for row in questions.said_safe(turn) if row.pk != heard.recipient.pk]
    noted = noting.note(turn.contact, rows, heard.answer, keeps=_KEEPS[heard.answer], now=turn.now)
    for row in noted.rows:
        live.publish_after_commit(row.campaign_id, turn.now)
    return noted.has_case


def choices() -> tuple[Choice, ...]:
    """The three answers to "are you safe?", in the active language, with their digits."""
    return (
        # Translators: one of three numbered answers to "are you safe?"; keep it to one or two words.
        Choice("1", pgettext("sms", "I am safe")),
        # Translators: one of three numbered answers to "are you safe?"; keep it to one or two words.
        Choice("2", pgettext("sms", "I need help")),
        # Translators: one of three numbered answers to "are you safe?"; keep it to one or two words.
        Choice("3", pgettext("sms", "I am not there")),
    )


def _safe_is_noted(*, officer_calls: bool) -> Reply:
    if officer_calls:
        # Translators: 1 SMS segment, 160 GSM-7 characters. Somebody who had asked for help now says safe.
        text = pgettext(
            "sms",
            "Thank you, we have noted that you are safe. An officer may still contact you to make sure.",
        )
        return Reply(text, resumes=True, always=True)
    # Translators: 1 SMS segment, 160 GSM-7 characters. SOS stays as it is.
    text = pgettext("sms", "Thank you, we have noted that you are safe. If this changes, write SOS.")
    # Translators: spoken.
    aloud = pgettext("voice", "Thank you, we have noted that you are safe. If this changes, call us again.")
    return Reply(text, resumes=True, always=True, aloud=aloud)


def _help_is_told() -> Reply:
    # Translators: 2 SMS segments, 306 GSM-7 characters. Promise nothing that is not said here.
    text = pgettext(
        "sms",
        "%(service)s: your call for help is with the crisis unit and an officer will contact you. "
        "Write where you are and what you need. In immediate danger also call the local emergency number.",
    )
    # Translators: spoken, the moment somebody asked for help. At most 5 seconds: questions follow.
    aloud = pgettext("voice", "Your call for help is with the crisis unit. Stay on the line.")
    return Reply(text % {"service": settings.SERVICE_NAME}, always=True, aloud=aloud)


def _passed_on() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters. To somebody who asked for help and writes again.
    text = pgettext("sms", "Your words are with the crisis unit. If you are safe now, write: I am safe.")
    # Translators: spoken, to somebody who asked for help and calls again.
    aloud = pgettext("voice", "The crisis unit knows that you need help, and an officer will call you.")
    return Reply(text, always=True, aloud=aloud)


def _not_there_is_noted() -> Reply:
    # Translators: 1 SMS segment, 160 GSM-7 characters. END TRIP is your keyword for it, SOS stays as it is.
    text = pgettext(
        "sms",
        "Thank you, we have noted that you are not there. If your trip is over, write END TRIP. "
        "In danger: SOS.",
    )
    # Translators: spoken.
    aloud = pgettext("voice", "Thank you, we have noted that you are not there.")
    return Reply(text, resumes=True, always=True, aloud=aloud)


def _ask_again(misses: int) -> Reply:
    """Twice with the three answers; then that a person has it; a machine that goes on hears no more."""
    if misses > _ASKED_AGAIN:
        return _passed_on() if misses == _ASKED_AGAIN + 1 else Reply("")
    # Translators: 1 SMS segment with the three answers below it, about 110 GSM-7 characters.
    text = pgettext(
        "sms", "We could not read your answer; an officer will look at it. Please reply 1, 2 or 3:"
    )
    # Translators: spoken; an answer could not be understood, and the question follows once more.
    aloud = pgettext("voice", "Sorry, that was not understood.")
    return Reply(text, choices=choices(), always=True, aloud=aloud)
