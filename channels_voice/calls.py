"""A call, step by step: each answer is taken once, and whoever delivers it again hears the same again."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q

from channels_voice import (
    answers,
    missed,
    outbound,
    prompts,
    recordings,
    texts,
    transfers,
    turns,
    twiml,
    voices,
)
from channels_voice.answers import Kind
from channels_voice.asked import SPOKEN, Asked, Awaits, asked
from channels_voice.clips.store import Unspoken
from channels_voice.models import Call, CallStep
from channels_voice.turns import Ring
from core import conversation, delivery, people, queues
from core.languages import speaking
from core.models import ContactPoint, ProviderCopy
from core.privacy.index import blind_index
from core.turn import Incoming, Reply, Said
from telephony.messages import (
    AnsweredBy,
    CallStatus,
    CallTurn,
    CallUpdate,
    Channel,
    DeliveryStatus,
    StatusUpdate,
)

logger = logging.getLogger(__name__)

RESUMES_FOR: Final = timedelta(minutes=30)
"""How long after a line dropped a new call goes on where it was."""

_ASKED_AGAIN: Final = 2  # times that silence or a wrong key is met with the question again
_MOST_STEPS: Final = 300
_SPEECH: Final = 500  # characters of what was heard that are looked at

Purpose = Call.Purpose
_LEAVE_WORD: Final = "channels_voice.jobs.leave_word"
_DELIVERY: Final[Mapping[CallStatus, DeliveryStatus]] = {
    CallStatus.RINGING: DeliveryStatus.SENDING,
    CallStatus.IN_PROGRESS: DeliveryStatus.SENT,
    CallStatus.COMPLETED: DeliveryStatus.DELIVERED,
    CallStatus.BUSY: DeliveryStatus.UNDELIVERED,
    CallStatus.NO_ANSWER: DeliveryStatus.UNDELIVERED,
    CallStatus.FAILED: DeliveryStatus.FAILED,
    CallStatus.CANCELED: DeliveryStatus.FAILED,
}
_AS_SAID: Final = {Kind.TEXT: Said.WORDS, Kind.OFFICER: Said.OFFICER, Kind.BACK: Said.BACK}


@dataclass(frozen=True, slots=True)
class _Uttered:
    """What goes to the conversation. `part` tells a second thing apart that is said at the same step."""

    said: Said
    text: str = field(default="", repr=False)
    question: str = ""
    part: str = ""


_TO_OFFICER: Final = "line/note/"
_FOR_AN_OFFICER: Final = _Uttered(Said.OFFICER, answers.OFFICER)


def answer(turn: CallTurn, now: datetime) -> str:
    """The first words to a phone that rings us; delivered again, the same words again."""
    try:
        return _answer(turn, now, lost_voice=False)
    except Unspoken:
        logger.warning("a clip is missing: a call is answered in the language that stands in")
        return _answer(turn, now, lost_voice=True)


def _answer(turn: CallTurn, now: datetime, *, lost_voice: bool) -> str:
    with transaction.atomic():
        ring = turns.rung(
            blind_index(turn.number),
            turn.sid,
            stranger=lambda: people.stranger(turn.number, now),
            lately=now - RESUMES_FOR,
        )
        if ring is None:
            return _of_the_forgotten(turn.sid)
        if missed.is_rung_back(turn.sender):
            return missed.taken(ring.contact, turn, now)
        call = ring.call or _opened(ring, turn, now)
        _lose_voice(call, lost=lost_voice)
        return _answered(call, 0, None, turn, now)


def go_on(token: UUID, step: int, turn: CallTurn, now: datetime) -> str:
    """What is said after the answer to that step. An answer that was taken before changes nothing."""
    try:
        return _go_on(token, step, turn, now, lost_voice=False)
    except Unspoken:
        logger.warning("a clip is missing: a call goes on in the language that stands in")
        return _go_on(token, step, turn, now, lost_voice=True)


def _go_on(token: UUID, step: int, turn: CallTurn, now: datetime, *, lost_voice: bool) -> str:
    with transaction.atomic():
        found = turns.locked(token, step)
        if found is None:
            return _of_the_forgotten(turn.sid)
        call, before = found
        _lose_voice(call, lost=lost_voice)
        return _answered(call, step, before, turn, now)


def _lose_voice(call: Call, *, lost: bool) -> None:
    """Speak the language that stands in from now on, to the end of the call."""
    if lost:
        call.without_clips = True
        Call.objects.filter(pk=call.pk).update(without_clips=True)


def note(token: UUID | None, update: CallUpdate, now: datetime) -> bool:
    """Take in news of a call, by its token or its id; False when there is no such call.

    The rank only rises. A call of ours whose id was never learnt learns it here. Who picked up is written
    down and decides nothing.
    """
    known = Call.objects.filter(Q(provider_sid=update.sid) if token is None else Q(token=token))
    with transaction.atomic():
        call = known.first()
        if call is not None:
            _lock(call.contact)
            call = known.first()
        if call is None:
            return False
        learnt = not call.provider_sid
        call.provider_sid = call.provider_sid or update.sid
        risen = update.status is not None and update.status.rank > call.rank
        if update.status is not None and risen:
            call.status, call.rank = update.status, update.status.rank
            call.error_code, call.status_at = update.code, now
            call.declined = update.declined
            if update.status.is_final:
                transfers.abandoned(call, now)
        if update.answered_by and update.answered_by != call.answered_by:
            call.answered_by = update.answered_by
            if update.answered_by is AnsweredBy.MACHINE and call.purpose != Purpose.INBOUND:
                transaction.on_commit(lambda: queues.put(queues.URGENT, _LEAVE_WORD, call.pk))
        call.save()
        if (risen or learnt) and call.message and call.message.token:
            delivery.record(call.message.token, _delivery(call, update), now=now)
    return True


def _delivery(call: Call, update: CallUpdate) -> StatusUpdate:
    """How a campaign's call fares, as its message does: rung through is no answer yet."""
    status = _DELIVERY.get(CallStatus(call.status), DeliveryStatus.QUEUED)
    return StatusUpdate(sid=update.sid, status=status, code=update.code)


def _lock(contact: ContactPoint) -> None:
    """One turn of a phone at a time, whatever its calls and texts: taken before any row of the call."""
    ContactPoint.objects.select_for_update(no_key=True).filter(pk=contact.pk).first()


def _opened(ring: Ring, turn: CallTurn, now: datetime) -> Call:
    """The call that begins; it is stored with its first words."""
    status = CallStatus.IN_PROGRESS
    return Call(
        contact=ring.contact,
        token=uuid4(),
        provider_sid=turn.sid,
        sender=turn.sender,
        purpose=Purpose.INBOUND,
        resumed_from_id=ring.before,
        status=status,
        rank=status.rank,
        created_at=now,
        status_at=now,
    )


def _answered(call: Call, step: int, before: CallStep | None, turn: CallTurn, now: datetime) -> str:
    """What is said after that step; `before` is that step, None for the ring and for one never said.

    Raises Unspoken where a clip for it is missing: nothing of the turn may be kept then.
    """
    taken = step < call.step
    if taken or step > call.step:  # delivered again or too late; or a step that was never said
        return call.steps.get(number=step + 1 if taken else call.step).twiml
    put = Asked.from_json(before.asked) if before is not None else None
    following = _first(call, now) if put is None else _next(call, put, turn, now)
    if isinstance(following, str):
        return following
    if put is not None and call.without_clips and not voices.voice_of(put.language):
        following = _in_another_voice(call, following, now)
    call.step = step + 1
    following, words = _put(call, put, following, None if turn.over else now)
    said = CallStep(call=call, number=call.step, twiml=words, asked=following.as_json(), created_at=now)
    turns.keep(said)
    return words


def _put(call: Call, before: Asked | None, following: Asked, now: datetime | None) -> tuple[Asked, str]:
    """The step and its markup. Whoever is left to an officer waits on the line while one is rung.

    `now` None: the line is dead, and nobody is rung for it.
    """
    url = twiml.turn_url(call.token, call.step)
    if now is not None and _wants_officer(before, following):
        ringing = transfers.ring_next(call, now)
        if ringing is not None:
            bridge, phone = ringing
            held = replace(following, awaits=Awaits.OFFICER)
            return held, twiml.held(held, phone.phone, bridge, then=url, rings=transfers.RINGS_FOR)
    return following, twiml.step(following, url)


def _wants_officer(before: Asked | None, following: Asked) -> bool:
    """Whether that step leaves the caller to an officer; not where it only repeats what it asked before."""
    if before is None or following.awaits is not Awaits.RECORDING:
        return False
    if not following.question.startswith(_TO_OFFICER):
        return False
    return before.awaits is Awaits.OFFICER or before.question != following.question


def _in_another_voice(call: Call, following: Asked, now: datetime) -> Asked:
    """The same in the language that stands in; a question that was put before is put anew."""
    if not voices.voice_of(following.language):
        if following.awaits is Awaits.END:
            following = Asked("", Awaits.END, voices.stand_in(following.language))
        else:
            reply = _receive(call, _Uttered(Said.NOTHING), now)
            following = asked(reply, _language(call, reply.language))
    with speaking(following.language):
        return replace(following, lead=prompts.joined((prompts.instead(), following.lead)))


def _first(call: Call, now: datetime) -> Asked:
    """The first words: who speaks, and the first question that anybody has for this person."""
    answered = CallStatus.IN_PROGRESS
    if call.rank < answered.rank:  # it only rises
        Call.objects.filter(pk=call.pk, rank__lt=answered.rank).update(status=answered, rank=answered.rank)
    reply = _receive(call, _Uttered(Said.NOTHING), now)
    first = _only_the_question(call, asked(reply, _language(call, reply.language)))
    with speaking(first.language):
        lead = [prompts.greeting() if call.purpose == Purpose.INBOUND else prompts.calling()]
        if first.language != reply.language:
            lead.append(prompts.instead())
        if call.resumed_from_id and reply.question.startswith(("registration/", "help/")):
            lead.append(prompts.going_on())
        tail = prompts.anywhere() if call.purpose == Purpose.INBOUND else ""
    return replace(first, lead=prompts.joined(lead), tail=tail)


def _next(call: Call, before: Asked, turn: CallTurn, now: datetime) -> Asked | str:
    """What follows an answer: the conversation's next words, or the question once more."""
    if over := _over(call, before, keys=turn.digits):
        return over
    if before.awaits is Awaits.OFFICER:
        spoke = transfers.parted(call, turn, now)
        return Asked("", Awaits.END, before.language) if spoke else replace(before, awaits=Awaits.RECORDING)
    if turn.recording:
        return _recorded(call, before, turn, now)
    if turn.speech and before.awaits in SPOKEN:
        return _said(call, before, _Uttered(Said.HEARD, turn.speech[:_SPEECH]), now)
    if turn.digits and before.awaits is not Awaits.NOTHING:
        return _keyed(call, before, turn.digits, now)
    return _waited(call, before, now)


def _waited(call: Call, before: Asked, now: datetime) -> Asked | str:
    """What follows when nobody did anything."""
    if before.awaits not in {Awaits.NOTHING, Awaits.RECORDING}:
        return _silent(call, before, now)
    said = Said.NOTHING if before.awaits is Awaits.NOTHING else Said.SILENT
    following = _not_for_ever(before, _said(call, before, _Uttered(said), now))
    return following if isinstance(following, str) else _only_the_question(call, following)


def _over(call: Call, before: Asked, *, keys: str | None) -> Asked | None:
    """The last words of a call that is over: closed, without end, or taken by a machine.

    No machine presses keys while the call goes on: the provider takes many a person for one.
    """
    machine = call.answered_by == AnsweredBy.MACHINE and call.purpose != Purpose.INBOUND
    pressed = keys and not CallStatus(call.status).is_final
    if machine and not pressed and not outbound.is_a_person(call):
        with speaking(before.language):
            return Asked(prompts.machine(call.sender), Awaits.END, before.language)
    if before.awaits is Awaits.END or call.step > _MOST_STEPS:
        return replace(before, awaits=Awaits.END, choices=(), lead="", text="")
    return None


def _only_the_question(call: Call, following: Asked) -> Asked:
    """What follows, except that a call which only asks for an answer ends instead of offering the menu."""
    if call.purpose == Purpose.CHECK_IN and following.question.startswith("menu/"):
        return Asked("", Awaits.END, following.language)
    return following


def _not_for_ever(before: Asked, following: Asked | str) -> Asked | str:
    """What follows a statement; the end, where it would be the same statement again."""
    if isinstance(following, Asked) and following.awaits is Awaits.NOTHING and following.text == before.text:
        return replace(following, awaits=Awaits.END, text="", lead="")
    return following


def _keyed(call: Call, before: Asked, digits: str, now: datetime) -> Asked | str:
    meant = answers.read(before, digits)
    if said := _AS_SAID.get(meant.kind):
        return _said(call, before, _Uttered(said, meant.text), now)
    match meant.kind:
        case Kind.REPEAT:
            return replace(before, lead="")
        case Kind.MORE:
            return replace(before, page=before.next_page, silences=0)
        case Kind.OFFERED:
            return replace(before, choices=meant.offered, awaits=Awaits.CHOICE, page=0, mistakes=0)
    return _mistaken(call, before, now)


def _mistaken(call: Call, before: Asked, now: datetime) -> Asked | str:
    """Keys that mean nothing here: the question again, then an answer that a person listens to."""
    with speaking(before.language):
        sorry = prompts.not_understood()
    if before.mistakes + 1 < _ASKED_AGAIN:
        return replace(before, mistakes=before.mistakes + 1, lead=sorry)
    if before.awaits in SPOKEN:
        return replace(before, mistakes=0, recorded=True, lead=sorry)
    return _said(call, before, _FOR_AN_OFFICER, now)


def _silent(call: Call, before: Asked, now: datetime) -> Asked | str:
    """No key: the question again, twice; then an officer where somebody may be in danger, else goodbye."""
    with speaking(before.language):
        if before.silences < _ASKED_AGAIN:
            return replace(before, silences=before.silences + 1, lead=prompts.nothing_heard())
        if call.purpose == Purpose.CHECK_IN and before.question.startswith(("check-in/", "alert/")):
            return Asked("", Awaits.END, before.language)  # nobody there, or a machine: the campaign goes on
        if before.question.startswith(("check-in/", "help/")):
            return _said(call, before, _FOR_AN_OFFICER, now)
        if before.question.startswith("menu/"):
            return Asked("", Awaits.END, before.language)
        texts.follow_up(call.contact, prompts.dropped(), now)
        return Asked(prompts.too_quiet(), Awaits.END, before.language)


def _recorded(call: Call, before: Asked, turn: CallTurn, now: datetime) -> Asked | str:
    following = _said(call, before, _Uttered(Said.RECORDING), now)
    recordings.keep(call, _sid(call), turn, now)
    return following


def _said(call: Call, before: Asked, uttered: _Uttered, now: datetime) -> Asked | str:
    """Let the conversation answer; the markup itself where nothing can be kept any more."""
    question = "" if uttered.said is Said.NOTHING else before.question
    reply = _receive(call, replace(uttered, question=question), now)
    if reply.erases:
        return _erased(call, reply, _language(call, before.language))
    if reply.receipt:
        texts.follow_up(call.contact, reply.text, now)
    if not reply.text and not reply.choices:  # left to a person
        if before.awaits in SPOKEN and not before.recorded:
            return replace(before, recorded=True, lead="")
        reply = _receive(call, replace(_FOR_AN_OFFICER, part="o"), now)
    return asked(reply, _language(call, reply.language))


def _receive(call: Call, uttered: _Uttered, now: datetime) -> Reply:
    tag = call.contact.language
    spoken = _language(call, tag)
    incoming = Incoming(
        channel=Channel.VOICE,
        sid=_sid(call) + uttered.part,
        number=call.contact.phone,
        sender=call.sender,
        text=uttered.text,
        now=now,
        said=uttered.said,
        guided=True,
        question=uttered.question,
        language=spoken if spoken != tag else "",
        line=call.token.hex,
        begins=call.step == 0,
    )
    reply = conversation.take_in(incoming)
    call.contact.language = reply.language or tag
    return reply


def _sid(call: Call) -> str:
    """The name of what is said at this step, as the provider's name for a text is one."""
    return f"{call.token.hex}-{call.step}"


def _language(call: Call, tag: str) -> str:
    """What is spoken on this call to somebody whose language that is."""
    return voices.stand_in(tag) if call.without_clips else voices.spoken_for(tag)


def _erased(call: Call, reply: Reply, language: str) -> str:
    """The call's own row is gone with all else: its last words stay under the provider's name for it."""
    with speaking(language):
        words = twiml.goodbye(prompts.joined((reply.spoken, prompts.goodbye())), language)
    ProviderCopy.objects.filter(provider_sid=call.provider_sid).update(reply=words)
    return words


def _of_the_forgotten(sid: str) -> str:
    gone = ProviderCopy.objects.filter(provider_sid=sid).first()
    with speaking("en"):
        return (gone.reply if gone else "") or twiml.goodbye(prompts.goodbye(), "en")
