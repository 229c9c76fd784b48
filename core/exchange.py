"""What one exchange reads and writes, as prepared statements: every text a person sends passes here.

Two trips to the database instead of eight.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.models import Consent, ContactPoint, Conversation, Message, Person, Trip
from core.statements import Ask, Rows, Table, asked, one_trip

_CONTACT: Final = Table(ContactPoint)
_PERSON: Final = Table(Person)
_CONSENT: Final = Table(Consent)
_CONVERSATION: Final = Table(Conversation)
_TRIP: Final = Table(Trip)
_MESSAGE: Final = Table(Message)

INTRODUCE: Final = f"{_CONTACT.inserted()} ON CONFLICT (number_index) DO NOTHING"
"""Makes the row of a phone, unless there is one. Two at the same instant make one: the second waits."""

LOCK: Final = "SELECT id FROM core_contactpoint WHERE number_index = %s FOR NO KEY UPDATE"
"""One turn of a phone at a time, while campaigns may point at its row."""

# In a statement of its own: what a locking one reads beside the row it waits for is as old as the wait.
_STANDING: Final = f"""
    SELECT EXISTS (SELECT FROM core_message WHERE provider_sid = %s),
           EXISTS (SELECT FROM core_providercopy WHERE provider_sid = %s),
           EXISTS (SELECT FROM core_optout WHERE core_optout.number_index = contact.number_index),
           {_CONTACT.read("contact")}, {_CONVERSATION.read("conversation")}, {_TRIP.read("trip")}
      FROM (SELECT) AS always
      LEFT JOIN core_contactpoint AS contact ON contact.number_index = %s
      LEFT JOIN core_conversation AS conversation ON conversation.contact_id = contact.id
      LEFT JOIN core_trip AS trip ON trip.person_id = contact.person_id
     ORDER BY trip.start, trip.id
"""  # noqa: S608 - column names of our models
_LEAVE: Final = f"{_CONVERSATION.inserted()} ON CONFLICT (contact_id) DO UPDATE SET {_CONVERSATION.changes()}"
_HEARD: Final = f"WITH heard AS ({_MESSAGE.inserted()} RETURNING id), left_at AS ({_LEAVE})"
_SAID: Final = _MESSAGE.inserted(answers_id="(SELECT id FROM heard)")
_REGISTER: Final = f"""
    WITH person AS ({_PERSON.inserted()} RETURNING id),
    consent AS ({_CONSENT.inserted(person_id="(SELECT id FROM person)")})
    UPDATE core_contactpoint SET person_id = person.id FROM person WHERE core_contactpoint.id = %s
    RETURNING person_id
"""  # noqa: S608 - column names of our models
_OWNER: Final = "(SELECT person_id FROM core_contactpoint WHERE id = %s)"
_KEEP_TRIP: Final = f"{_TRIP.inserted(person_id=_OWNER)} RETURNING id"
_SEE: Final = (
    "UPDATE core_contactpoint SET last_seen_at = %s, language = %s, language_chosen = %s WHERE id = %s"
)
_KEEP_HEARD: Final = " ".join((_HEARD, "SELECT id FROM heard"))
_KEEP_BOTH: Final = " ".join((_HEARD, _SAID, "RETURNING answers_id, id"))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known when a text comes in: of its phone, now locked, and of the text itself.

    `repeated`: it was taken in before. `forgotten`: it was, and its sender has been deleted since.
    """

    contact: ContactPoint
    trips: Sequence[Trip]
    repeated: bool
    forgotten: bool
    opted_out: bool


def standing(number_index: bytes, sid: str, stranger: Callable[[], ContactPoint]) -> Standing | None:
    """Lock the phone's row and read everything known of it, in one trip.

    A phone never heard of is made of `stranger()` in a second one; None when that text is a repeat from
    somebody deleted, who is not made anew. The lock leaves campaigns free to point at the row.
    """
    with one_trip() as ask:
        found = _ask_standing(ask, number_index, sid)
    known, forgotten = _read_standing(found)
    if known or forgotten:
        return known
    with one_trip() as ask:
        ask(INTRODUCE, _CONTACT.values(stranger()))
        found = _ask_standing(ask, number_index, sid)
    known, _ = _read_standing(found)
    if known is None:
        raise LookupError("a phone just introduced is known")
    return known


def _ask_standing(ask: Ask, number_index: bytes, sid: str) -> Rows:
    ask(LOCK, [number_index])
    return ask(_STANDING, [sid, sid, number_index])


def _read_standing(found: Rows) -> tuple[Standing | None, bool]:
    """What is known of the phone (None: no such phone), and whether the text's sender was deleted."""
    rows = found.fetchall()  # one for each trip, and one where there is none
    repeated, forgotten, opted_out, *columns = rows[0]
    of_contact, of_conversation = columns[: _CONTACT.width], columns[_CONTACT.width :][: _CONVERSATION.width]
    if of_contact[0] is None:
        return None, forgotten
    contact = _CONTACT.instance(of_contact)
    # Assigned either way: to look for a conversation that is not there would be another trip.
    known = of_conversation[0] is not None
    contact.conversation = _CONVERSATION.instance(of_conversation) if known else Conversation(contact=contact)
    of_trips = [row[-_TRIP.width :] for row in rows]
    standing = Standing(
        contact,
        tuple(_TRIP.instance(row) for row in of_trips if row[0] is not None),
        repeated=repeated,
        forgotten=forgotten,
        opted_out=opted_out,
    )
    return standing, forgotten


def register(contact: ContactPoint, person: Person, consent: Consent, trips: Sequence[Trip]) -> None:
    """Store a new person with the consent and the trips, as the owner of that phone, in one trip.

    Sets the keys of the person and the trips; the consent's is not read back.
    """
    with one_trip() as ask:
        values = [*_PERSON.values(person), *_CONSENT.values(consent, but="person_id"), contact.pk]
        made = ask(_REGISTER, values)
        kept = [ask(_KEEP_TRIP, [contact.pk, *_TRIP.values(trip, but="person_id")]) for trip in trips]
    ((person.pk,),) = made
    contact.person = consent.person = person
    for trip, row in zip(trips, kept, strict=True):
        ((trip.pk,),) = row
        trip.person = person


def keep(heard: Message, conversation: Conversation, said: Message | None) -> None:
    """Store what the person said, where that leaves the conversation, and what we answered (None: nothing).

    One statement, so one trip. Sets the keys of the two messages.
    """
    values = [*_MESSAGE.values(heard), *_CONVERSATION.values(conversation)]
    if said is None:
        stored = asked(_KEEP_HEARD, values)
    else:
        stored = asked(_KEEP_BOTH, [*values, *_MESSAGE.values(said, but="answers_id")])
    ((heard.pk, *of_said),) = stored
    if said is not None:
        (said.pk,), said.answers = of_said, heard


def leave(conversation: Conversation) -> None:
    """Store where a conversation stands in which nothing was said. Its key is not read back."""
    asked(_LEAVE, _CONVERSATION.values(conversation))


def see(contact: ContactPoint) -> None:
    """Store when a phone was last in use and what is spoken on it."""
    asked(_SEE, [contact.last_seen_at, contact.language, contact.language_chosen, contact.pk])
