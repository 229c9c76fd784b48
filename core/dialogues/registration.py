"""Registering a trip by text, and changing it: one question at a time, then the echo and the consent in one.

A first line may say everything or nothing, or several legs of a journey. What is missing is asked; what
cannot be right is asked again with the reason. Before the person agrees, all of it lives in the conversation
and is gone with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import get_language, pgettext

from core import pins, places, trips
from core.dialogues import journey, which_trip
from core.dialogues import registration_words as words
from core.dialogues.answers import agrees, chosen, is_end_unknown, number_in, plain, refuses
from core.dialogues.compliance import start_first
from core.dialogues.unread import unread
from core.dialogues.which_trip import listed
from core.intents.reading import About, Intent, Place, Question, Reading
from core.models import ContactPoint, Conversation, Trip
from core.privacy.fields import Json
from core.trips import Agreement, Draft, Plan
from core.turn import LED_ON_FOR, OPEN_FOR, Choice, Reply, Turn
from telephony.messages import Channel

NAME: Final = "registration"

# Steps: the question that is open.
PLACE: Final = "place"
DATES: Final = "dates"
END: Final = "end"
PARTY: Final = "party"
CONFIRM: Final = "confirm"
CHANGE: Final = "change"
OPTION: Final = "option"
TRIP: Final = "trip"
LEG: Final = "leg"

_PARTS: Final = {"1": PLACE, "2": DATES, "3": PARTY}
_ANOTHER: Final = "4"
_MOST_OPTIONS: Final = 5
_HOW: Final = 16  # characters kept of the word that gave consent
_STARTS: Final = frozenset({Intent.REGISTER, Intent.UPDATE})
# While a question of ours is open these may be its answer; every other intent is somebody else's.
_ANSWERS: Final = frozenset({Intent.UNKNOWN, Intent.START})


@dataclass(frozen=True, slots=True)
class _Open:
    """What an open registration knows: the draft, the trip it changes (None: a new one), what was offered.

    `legs` are the other legs of the journey, each whole; they are kept together with the draft. `trips` are
    those among which the person is asked to choose, by their keys, in the order of their numbers.
    """

    draft: Draft = field(default_factory=Draft)
    trip: int | None = None
    question: Question | None = None
    legs: tuple[Draft, ...] = ()
    trips: tuple[int, ...] = ()

    def as_json(self) -> Json:
        stored: dict[str, object] = {"draft": self.draft.as_json(), "trip": self.trip}
        if self.legs:
            stored["legs"] = [leg.as_json() for leg in self.legs]
        if self.trips:
            stored["trips"] = list(self.trips)
        if self.question:
            stored["about"] = self.question.about.value
            stored["options"] = [_option_json(option) for option in self.question.options]
        return stored

    @classmethod
    def from_json(cls, stored: Json) -> "_Open":
        draft, trip, options = stored.get("draft"), stored.get("trip"), stored.get("options")
        about, legs, offered = stored.get("about"), stored.get("legs"), stored.get("trips")
        return cls(
            draft=Draft.from_json(draft) if isinstance(draft, dict) else Draft(),
            trip=trip if isinstance(trip, int) else None,
            question=(
                Question(About(str(about)), tuple(map(_option, options)))
                if about and isinstance(options, list)
                else None
            ),
            legs=tuple(map(Draft.from_json, legs)) if isinstance(legs, list) else (),
            trips=tuple(offered) if isinstance(offered, list) else (),
        )

    def whole(self) -> tuple[Plan, ...]:
        """Every leg as a plan, in the order of travel; the draft is left out while it is not whole."""
        plans = map(trips.plan_of, (*self.legs, self.draft))
        return tuple(sorted((plan for plan in plans if plan), key=lambda plan: (plan.start, plan.end)))


class Registration:
    """Claims a journey told or changed, and the answers to its own questions."""

    def claims(self, turn: Turn) -> bool:
        """Whether this is about a journey."""
        if turn.reading.intent in _STARTS:
            return True
        if turn.conversation.dialogue != NAME:
            return False
        if turn.conversation.step == END and is_end_unknown(turn.text):
            return True  # "I don't know" asks for the instructions elsewhere
        return turn.reading.intent in _ANSWERS or agrees(turn.text) or refuses(turn.text)

    def handle(self, turn: Turn) -> Reply:
        """Take in what was said, and ask for the rest, for consent, or confirm."""
        if turn.opted_out:
            return start_first()
        if turn.conversation.dialogue != NAME:
            return _begin(turn)
        known = _Open.from_json(turn.conversation.data)
        step = turn.conversation.step
        # A whole journey told anew starts over, except where it is the leg that is asked for.
        if _is_whole(turn.reading) and not _is_next_leg(turn, known, step):
            return _begin(turn)
        return _picked_up(turn, known, step) or _told(turn, known, step)

    def waiting(self, turn: Turn) -> Reply | None:
        """The question that is open, put once more."""
        if turn.conversation.dialogue != NAME:
            return None
        asked_at = turn.conversation.asked_at
        if turn.is_led and (turn.held or (asked_at and asked_at < turn.now - LED_ON_FOR)):
            return None  # the menu has it
        if turn.begins and pins.is_shared(turn.contact):
            return None  # who rings may not be who began it: the menu has it, behind the PIN
        return _ask(turn, turn.conversation.step, _Open.from_json(turn.conversation.data))


def typed_in(contact: ContactPoint, draft: Draft, now: datetime) -> Reply:
    """Take in a journey that an officer typed for a phone, as if the person had told it; says what to text.

    A registered person agreed before: the trip is kept. Anybody else is asked for consent, and until they
    agree, by text or on a call, the draft waits in the conversation. The caller holds the phone's lock; the
    draft is whole and has no problem.
    """
    today, plan = today_of(contact, now), trips.plan_of(draft)
    if plan is None:
        raise ValueError("a journey that is typed in is whole")
    if contact.person is None:
        opened = {"dialogue": NAME, "step": CONFIRM, "data": _Open(draft).as_json(), "misses": 0}
        times = {"asked_at": now, "expires_at": now + OPEN_FOR}
        Conversation.objects.update_or_create(contact=contact, defaults={**opened, **times})
        return words.consent([plan], today)
    trips.add(contact.person, plan, now)
    return words.receipt([plan], today)


def today_of(contact: ContactPoint, now: datetime) -> date:
    """The date where the phone's number is at home."""
    zone = places.time_zone(contact.region or settings.HOME_COUNTRY, None)
    return now.astimezone(ZoneInfo(zone)).date()


def leads_on(conversation: Conversation) -> bool:
    """Whether any answer to the open question leads to a further one, so that nothing is done by mistake."""
    return conversation.dialogue == NAME and conversation.step in {CHANGE, LEG}


def from_the_beginning(turn: Turn) -> Reply:
    """Forget what was told and ask the first question again; a change begins at the trip as it is."""
    changed = _Open.from_json(turn.conversation.data).trip
    turn.start_over()
    trip = next((trip for trip in turn.trips if trip.pk == changed), None)
    return _ask(turn, CHANGE, _Open(trips.draft_of(trip), trip.pk)) if trip else _ask(turn, PLACE, _Open())


def _is_whole(reading: Reading) -> bool:
    """Whether a text tells a journey anew, whatever was being asked."""
    return reading.intent is Intent.REGISTER and bool(reading.country) and bool(reading.start or reading.end)


def _is_next_leg(turn: Turn, known: _Open, step: str) -> bool:
    """Whether what is told is the leg that is asked for, by its dates with its place once more."""
    if step == PLACE or not known.legs:
        return bool(known.legs)
    return turn.reading.country == known.draft.country and not journey.legs(turn)


def _begin(turn: Turn) -> Reply:
    if several := journey.legs(turn):
        return _journey(turn, several)
    said = _said(turn.reading)
    if turn.reading.intent is not Intent.UPDATE or not turn.trips:
        return _next(turn, _Open(said), turn.reading.question)
    trip = which_trip.meant(turn)
    if trip is None:
        return _ask(turn, TRIP, _Open(said))
    return _changing(turn, trip, _over(trips.draft_of(trip), said), turn.reading.question)


def _changing(turn: Turn, trip: Trip, draft: Draft, question: Question | None = None) -> Reply:
    """Change a kept trip to the draft; one that says nothing new is asked what to change."""
    if draft == trips.draft_of(trip) and question is None:
        return _ask(turn, CHANGE, _Open(draft, trip.pk))
    return _next(turn, _Open(draft, trip.pk), question)


def _journey(turn: Turn, told: Sequence[Draft]) -> Reply:
    """Take in several legs at once; the first that cannot be right is asked about."""
    wrong = next((at for at, leg in enumerate(told) if trips.problem(leg, turn.today)), len(told) - 1)
    return _next(turn, _Open(told[wrong], legs=(*told[:wrong], *told[wrong + 1 :])))


def _picked_up(turn: Turn, known: _Open, step: str) -> Reply | None:
    """The way on where an answer picks one of the choices that a step offered; None where it does not."""
    if step == CONFIRM:
        return _confirmed(turn, known)
    if step == CHANGE and (part := chosen(turn.text, words.parts())):
        return _another(turn, known) if part.key == _ANOTHER else _ask(turn, _PARTS[part.key], known)
    if step == LEG and (picked := chosen(turn.text, listed(known.whole(), turn))):
        return _ask(turn, CHANGE, _with_leg(known, int(picked.key) - 1))
    if step == TRIP:
        trip = which_trip.picked(turn, known.trips) or which_trip.named(turn)
        return _changing(turn, trip, _over(trips.draft_of(trip), known.draft)) if trip else None
    if step == OPTION and known.question and (option := _picked(turn, known.question)):
        return _next(turn, _settled(known, option))
    return None


def _told(turn: Turn, known: _Open, step: str) -> Reply:
    """Read an answer for what it tells of the journey; one that tells nothing is asked again."""
    said = _said(turn.reading)
    if step == TRIP:
        return _not_picked(turn, known, said)
    if step == END and said.start and not said.end:
        said = replace(said, start=None, end=said.start)
    if step == END and said == Draft() and is_end_unknown(turn.text):
        said = trips.without_end(known.draft, turn.today)
    if step == PARTY and said.party is None:
        said = replace(said, party=number_in(turn.text))
    if said == Draft() and turn.reading.question is None:
        return unread(turn, _ask(turn, step, known))
    draft = _over(known.draft, said)
    if step == DATES and said.start and not said.end:
        draft = replace(draft, end=None, open_ended=False)
    return _next(turn, replace(known, draft=draft, question=None), turn.reading.question)


def _not_picked(turn: Turn, known: _Open, said: Draft) -> Reply:
    """Ask again which trip is meant, with what else was said of it: it is no journey of its own."""
    if said.country in {trip.country for trip in turn.trips}:
        said = replace(said, country=None, city=None)  # says of which trip, not where it goes
    asked = _ask(turn, TRIP, replace(known, draft=_over(known.draft, said)))
    return unread(turn, asked) if said == Draft() else asked


def _next(turn: Turn, known: _Open, question: Question | None = None) -> Reply:
    """Ask for the first thing that is unclear, impossible or missing; with nothing left, echo and agree."""
    if question:
        return _ask_question(turn, replace(known, question=question))
    if wrong := trips.problem(known.draft, turn.today):
        return _ask_anew(turn, wrong, known)
    draft = known.draft
    if missing := _missing(draft, guided=turn.guided):
        return _ask(turn, missing, known)
    plan = trips.plan_of(draft if draft.start else replace(draft, start=turn.today))
    assert plan is not None  # noqa: S101 - the lines above left nothing missing
    whole = replace(known, draft=trips.draft_of(plan), question=None)
    if wrong_leg := next((leg for leg in whole.legs if trips.problem(leg, turn.today)), None):
        others = tuple(leg for leg in whole.legs if leg != wrong_leg)
        return _next(turn, replace(whole, draft=wrong_leg, legs=(*others, whole.draft)))
    return _kept(turn, whole, plan) if turn.registered else _ask(turn, CONFIRM, whole)


def _missing(draft: Draft, *, guided: bool) -> str | None:
    """The next thing to ask. A trip that only has an end has begun; who is led is asked for the party too."""
    if draft.country is None:
        return PLACE
    if draft.end is not None:
        return PARTY if guided and draft.party is None else None
    return DATES if draft.start is None else END


def _ask(turn: Turn, step: str, known: _Open) -> Reply:
    if step == TRIP and not known.trips:
        known = replace(known, trips=tuple(which_trip.offer(turn)))
    turn.ask(NAME, step, known.as_json())
    if step == CONFIRM:
        return words.consent(known.whole(), turn.today)
    if step == LEG:
        return Reply(_which_trip(), listed(known.whole(), turn))
    if step == OPTION and known.question:
        return words.options(known.question.about, _option_choices(turn, known.question))
    if step == TRIP:
        return Reply(_which_trip(), which_trip.choices_of(turn, known.trips))
    return words.question(step, known.draft, turn.today)


def _which_trip() -> str:
    # Translators: followed by a numbered list of trips.
    return pgettext("sms", "Which trip do you want to change?")


def _another(turn: Turn, known: _Open) -> Reply:
    """A further leg: it begins where the journey so far ends, with the same people."""
    last = max(known.whole(), key=lambda plan: plan.end)
    start = None if last.open_ended else max(last.end, turn.today)
    kept = () if known.trip else (*known.legs, known.draft)
    if len(kept) >= trips.MOST_TRIPS:
        return words.too_many()
    return _ask(turn, PLACE, _Open(Draft(start=start, party=last.party), legs=kept))


def _with_leg(known: _Open, index: int) -> _Open:
    """The same journey with that leg as the draft."""
    drafts = [trips.draft_of(plan) for plan in known.whole()]
    return _Open(drafts.pop(index), legs=tuple(drafts))


def _ask_question(turn: Turn, known: _Open) -> Reply:
    """Put the text's own ambiguity to the person: as numbered answers, or to be said anew."""
    assert known.question is not None  # noqa: S101 - `_next` calls this with a question only
    question = known.question
    if question.options:
        offered = replace(known, question=Question(question.about, question.options[:_MOST_OPTIONS]))
        is_again = turn.conversation.data.get("options") == offered.as_json()["options"]
        return _once_more(turn, _ask(turn, OPTION, offered), is_again=is_again)
    step = {About.PLACE: PLACE, About.DATES: DATES, About.PARTY: PARTY}[question.about]
    return _said_anew(turn, step, replace(known, question=None), words.say_anew(question.about, turn.today))


def _ask_anew(turn: Turn, wrong: trips.Problem, known: _Open) -> Reply:
    """Say what cannot be right and ask for that part again; the part itself is forgotten."""
    draft, step = known.draft, DATES
    reply = words.wrong(wrong, draft, turn.today)
    if wrong is trips.Problem.HOME:
        draft, step = replace(draft, country=None, city=None), PLACE
    elif wrong is trips.Problem.PARTY:
        draft, step = replace(draft, party=None), PARTY
    else:
        draft = replace(draft, start=None, end=None, open_ended=False)
    return _said_anew(turn, step, replace(known, draft=draft, question=None), reply)


def _said_anew(turn: Turn, step: str, known: _Open, asked: Reply) -> Reply:
    """Ask for a part that was told in a way that cannot be taken."""
    is_again = turn.conversation.dialogue == NAME and turn.conversation.step == step
    turn.ask(NAME, step, known.as_json())
    return _once_more(turn, asked, is_again=is_again)


def _once_more(turn: Turn, asked: Reply, *, is_again: bool) -> Reply:
    """The question with its reason; who answers it in vain again and again is read by a person.

    A caller is only asked again: 0 brings an officer, and there is no text to read.
    """
    if turn.guided or not is_again:
        return asked
    if turn.conversation.misses == 0:
        turn.miss()
        return asked
    return unread(turn, asked)


def _confirmed(turn: Turn, known: _Open) -> Reply:
    legs = known.whole()
    answer = chosen(turn.text, words.consent_choices())
    if agrees(turn.text) or (answer and answer.key == words.AGREE):
        heard_in = get_language() or turn.contact.language  # on a call one may stand in for the person's
        agreement = Agreement(Channel(turn.message.channel), heard_in, plain(turn.text)[:_HOW])
        trips.register(turn.contact, legs, agreement, turn.now)
        return _registered(turn, words.receipt(legs, turn.today))
    if refuses(turn.text) or (answer and answer.key == words.REFUSE):
        return words.refused()
    if answer:
        return _ask(turn, LEG if known.legs else CHANGE, known)
    return _told(turn, known, CONFIRM)


def _registered(turn: Turn, receipt: Reply) -> Reply:
    """The receipt; who is led is asked next whether the phone is theirs alone."""
    if not turn.guided:
        return receipt
    turn.close()
    turn.ask(pins.DIALOGUE, pins.ASKS_WHO, {})
    return replace(receipt, ends=False)


def _kept(turn: Turn, known: _Open, plan: Plan) -> Reply:
    """A registered person agreed before: keep the trip, or each leg, and say what was kept."""
    person = turn.contact.person
    assert person is not None  # noqa: S101 - asked of registered people only
    trip = next((trip for trip in turn.trips if trip.pk == known.trip), None)
    if trip is not None:
        trips.update(trip, plan)
        return words.changed(plan, turn.today)
    legs = known.whole()
    if len(turn.trips) + len(legs) > trips.MOST_TRIPS:
        return words.too_many()
    kept: list[Trip] = []
    for leg in legs:
        kept.append(trips.add(person, leg, turn.now, beside=kept))
    return words.receipt(legs, turn.today)


def _said(reading: Reading) -> Draft:
    return Draft(reading.country, reading.city, reading.start, reading.end, reading.party)


def _over(kept: Draft, said: Draft) -> Draft:
    """What was kept, with what is now said laid over it. A new country takes its old city away."""
    moved = said.country is not None and (said.city is not None or said.country != kept.country)
    return Draft(
        country=said.country or kept.country,
        city=said.city if moved else kept.city,
        start=said.start or kept.start,
        end=said.end or kept.end,
        party=kept.party if said.party is None else said.party,
        open_ended=said.open_ended if said.end else kept.open_ended,
    )


def _picked(turn: Turn, question: Question) -> Place | date | None:
    """The option an answer picks: by digit or label, or by naming a place that only one option lies in."""
    choice = chosen(turn.text, _option_choices(turn, question))
    if choice:
        return question.options[int(choice.key) - 1]
    country = turn.reading.country
    inside = [one for one in question.options if isinstance(one, Place) and one.country == country]
    return inside[0] if len(inside) == 1 else None


def _settled(known: _Open, option: Place | date) -> _Open:
    draft = known.draft
    if isinstance(option, Place):
        draft = replace(draft, country=option.country, city=option.city)
    elif draft.start is None:
        draft = replace(draft, start=option)
    else:
        draft = replace(draft, end=option, open_ended=False)
    return replace(known, draft=draft, question=None)


def _option_choices(turn: Turn, question: Question) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(key), words.option(option, turn.today))
        for key, option in enumerate(question.options, start=1)
    )


def _option_json(option: Place | date) -> Json:
    if isinstance(option, Place):
        return {"country": option.country, "city": option.city}
    return {"date": option.isoformat()}


def _option(stored: dict[str, str | None]) -> Place | date:
    if on := stored.get("date"):
        return date.fromisoformat(on)
    return Place(country=stored["country"] or "", city=stored["city"])
