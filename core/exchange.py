"""What one exchange reads and writes, as prepared statements: every text a person sends passes here.

Two trips to the database instead of eight, planned once a connection. Rows become the same instances the ORM
makes, column by column of the model, so a new column needs nothing here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model

from core.models import ContactPoint, Conversation, Message, Trip

_M = TypeVar("_M", bound=Model)
_Row = Sequence[Any]
Cursor = psycopg.Cursor[tuple[Any, ...]]


class _Table(Generic[_M]):
    """A model's columns, and the way between rows and instances."""

    def __init__(self, model: type[_M]) -> None:
        self._model = model
        self.fields: Final[Sequence[Field[object, object]]] = tuple(model._meta.concrete_fields)
        self._written: Final = [field for field in self.fields if not field.primary_key]
        self._names: Final = [field.attname for field in self.fields]
        self._readers: Final = [getattr(field, "from_db_value", None) for field in self.fields]

    def read(self, table: str) -> str:
        """The columns in order, as `instance` reads them."""
        return ", ".join(f'{table}."{field.column}"' for field in self.fields)

    def inserted(self, **instead: str) -> str:
        """An INSERT of every column but the key; `instead` has the SQL of those that `values` leaves out."""
        columns = ", ".join(f'"{field.column}"' for field in self._written)
        marks = ", ".join(instead.get(field.attname, "%s") for field in self._written)
        return f"INSERT INTO {self._model._meta.db_table} ({columns}) VALUES ({marks})"  # noqa: S608 - names

    def changes(self) -> str:
        """What an upsert sets: each column to its new value."""
        return ", ".join(f'"{field.column}" = EXCLUDED."{field.column}"' for field in self._written)

    def instance(self, row: _Row) -> _M:
        """The row as the ORM would have read it."""
        line = connections[DEFAULT_DB_ALIAS]  # the thing itself: `connection` looks it up for each value
        values = [
            value if read is None else read(value, None, line)
            for value, read in zip(row, self._readers, strict=True)
        ]
        return self._model.from_db(DEFAULT_DB_ALIAS, self._names, values)

    def values(self, instance: _M, *, but: str = "") -> list[object]:
        """What the ORM would write for each column but the key and the one named."""
        line = connections[DEFAULT_DB_ALIAS]
        return [
            field.get_db_prep_save(getattr(instance, field.attname), line)
            for field in self._written
            if field.attname != but
        ]


_CONTACT: Final = _Table(ContactPoint)
_CONVERSATION: Final = _Table(Conversation)
_TRIP: Final = _Table(Trip)
_MESSAGE: Final = _Table(Message)

_LOCK: Final = "SELECT id FROM core_contactpoint WHERE number_index = %s FOR NO KEY UPDATE"
# In a statement of its own: what a locking one reads beside the row it waits for is as old as the wait.
_STANDING: Final = f"""
    SELECT EXISTS (SELECT FROM core_message WHERE provider_sid = %s),
           EXISTS (SELECT FROM core_providercopy WHERE provider_sid = %s),
           EXISTS (SELECT FROM core_optout WHERE core_optout.number_index = contact.number_index),
           {_CONTACT.read("contact")}, {_CONVERSATION.read("conversation")}
      FROM core_contactpoint AS contact
      LEFT JOIN core_conversation AS conversation ON conversation.contact_id = contact.id
     WHERE contact.number_index = %s
"""  # noqa: S608 - column names of our models
_TRIPS: Final = f"""
    SELECT {_TRIP.read("trip")}
      FROM core_contactpoint AS contact JOIN core_trip AS trip ON trip.person_id = contact.person_id
     WHERE contact.number_index = %s
     ORDER BY trip.start, trip.id
"""  # noqa: S608 - column names of our models
_HEARD: Final = f"""
    WITH heard AS ({_MESSAGE.inserted()} RETURNING id),
    left_at AS (
        {_CONVERSATION.inserted()} ON CONFLICT (contact_id) DO UPDATE SET {_CONVERSATION.changes()}
    )
"""
_SAID: Final = _MESSAGE.inserted(answers_id="(SELECT id FROM heard)")
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


def standing(number_index: bytes, sid: str) -> Standing | None:
    """Lock the phone's row and read everything known of it, in one trip; None when there is no such phone.

    The lock leaves campaigns free to point at the row.
    """
    with connection.wrap_database_errors, _server_side() as ask:
        locked = ask(_LOCK, [number_index])
        read = ask(_STANDING, [sid, sid, number_index])
        trips = ask(_TRIPS, [number_index])
    if locked.fetchone() is None:
        return None
    row = read.fetchone()
    if row is None:
        raise LookupError("a locked row cannot vanish")
    repeated, forgotten, opted_out, *columns = row
    width = len(_CONTACT.fields)
    contact = _CONTACT.instance(columns[:width])
    known = columns[width] is not None
    # Assigned either way: to look for a conversation that is not there would be another trip.
    contact.conversation = _CONVERSATION.instance(columns[width:]) if known else Conversation(contact=contact)
    return Standing(
        contact,
        tuple(map(_TRIP.instance, trips)),
        repeated=repeated,
        forgotten=forgotten,
        opted_out=opted_out,
    )


def keep(heard: Message, conversation: Conversation, said: Message | None) -> None:
    """Store what the person said, where that leaves the conversation, and what we answered (None: nothing).

    One statement, so one trip. Sets the keys of the two messages.
    """
    values = [*_MESSAGE.values(heard), *_CONVERSATION.values(conversation)]
    with connection.wrap_database_errors, _server_side() as ask:
        if said is None:
            stored = ask(_KEEP_HEARD, values)
        else:
            stored = ask(_KEEP_BOTH, [*values, *_MESSAGE.values(said, but="answers_id")])
    row = stored.fetchone()
    if row is None:
        raise LookupError("an inserted row has a key")
    heard.pk = row[0]
    if said is not None:
        said.pk, said.answers = row[1], heard


@contextmanager
def _server_side() -> Iterator[Callable[[str, Sequence[object]], Cursor]]:
    """Prepared statements in one trip: they are all sent before the first result is waited for.

    On psycopg's own cursor, since Django's binds parameters on the client and so plans each statement anew.
    """
    connection.ensure_connection()
    line = connection.connection

    def ask(statement: str, values: Sequence[object]) -> Cursor:
        return psycopg.Cursor(line).execute(statement, values, prepare=True)

    with line.pipeline():
        yield ask
