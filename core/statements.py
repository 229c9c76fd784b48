"""Prepared statements over our models' columns, for what every text a person sends reads and writes.

Planned once a connection, and sent together in one trip. Columns come from the models and rows become the
same instances the ORM makes, so a new column needs nothing here.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Generic, TypeVar

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Field, Model

_M = TypeVar("_M", bound=Model)
_Row = Sequence[Any]
Rows = psycopg.Cursor[tuple[Any, ...]]
"""What a statement returned, row by row."""

Ask = Callable[[str, Sequence[object]], Rows]

# What these fields hold is what the database is given; the others are asked, value by value.
_AS_IT_IS: Final = frozenset(
    {
        *(models.CharField, models.TextField, models.BooleanField, models.UUIDField),
        *(models.DateField, models.DateTimeField),
    }
)


class Table(Generic[_M]):
    """A model's columns, and the way between rows and instances."""

    def __init__(self, model: type[_M]) -> None:
        self._model = model
        self._fields: Final[Sequence[Field[object, object]]] = tuple(model._meta.concrete_fields)
        self.width: Final = len(self._fields)
        self._written: Final = [field for field in self._fields if not field.primary_key]
        self._plain: Final = [type(field) in _AS_IT_IS for field in self._written]
        self._names: Final = [field.attname for field in self._fields]
        self._readers: Final = [getattr(field, "from_db_value", None) for field in self._fields]

    def read(self, table: str) -> str:
        """The columns in order, as `instance` reads them."""
        return ", ".join(f'{table}."{field.column}"' for field in self._fields)

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
            getattr(instance, field.attname)
            if plain
            else field.get_db_prep_save(getattr(instance, field.attname), line)
            for field, plain in zip(self._written, self._plain, strict=True)
            if field.attname != but
        ]


def asked(statement: str, values: Sequence[object]) -> Rows:
    """What a prepared statement returns.

    On psycopg's own cursor, since Django's binds parameters on the client and so plans each statement anew.
    """
    line = connections[DEFAULT_DB_ALIAS]  # once: `connection` looks it up each time
    line.ensure_connection()
    with line.wrap_database_errors:
        return psycopg.Cursor(line.connection).execute(statement, values, prepare=True)


@contextmanager
def one_trip() -> Iterator[Ask]:
    """Ask several in one trip: they are all sent before the first result is waited for."""
    line = connections[DEFAULT_DB_ALIAS]
    line.ensure_connection()
    with line.wrap_database_errors, line.connection.pipeline():
        yield asked
