"""How long rows live: declared on each model, carried out in one place."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.db.models import (
    CASCADE,
    SET_NULL,
    BooleanField,
    Field,
    ForeignObjectRel,
    Model,
    Q,
    QuerySet,
)
from django.db.models.expressions import RawSQL

from core.collisions import once_more, waited_too_long

logger = logging.getLogger(__name__)

CHUNK: Final = 2_000
"""Rows that one transaction of a purge takes at most: a person's text may wait 0.2 s for them."""

_LOCK_TIMEOUT: Final = "5s"


class How(StrEnum):
    """What becomes of a row whose time is over."""

    DELETE = "delete"
    ERASE = "erase"  # the row stays for the count, the personal columns are emptied


@dataclass(frozen=True, slots=True)
class Retention:
    """A model's promise: `after` in words for docs/PRIVACY.md, `due(now)` as the rows it has come for.

    `erase` names the columns emptied when `how` is ERASE. `guard` names the relation whose rows are locked
    first, so that somebody in the middle of writing to us is left for the next purge. `leaves(rows, now)` is
    called before rows are deleted, in the same transaction.
    """

    after: str
    due: Callable[[datetime], Q]
    how: How = How.DELETE
    erase: tuple[str, ...] = ()
    guard: str = ""
    leaves: Callable[[Sequence[int], datetime], None] | None = None


@dataclass(frozen=True, slots=True)
class Purged:
    """Rows deleted and rows erased, by model ("core.trip"); a model with none is left out."""

    deleted: Mapping[str, int] = field(default_factory=dict)
    erased: Mapping[str, int] = field(default_factory=dict)


def promises() -> Iterator[tuple[type[Model], Retention]]:
    """Every model that declares a retention, with it."""
    for model in apps.get_models():
        retention = getattr(model, "retention", None)
        if isinstance(retention, Retention):
            yield model, retention


def purge(now: datetime) -> Purged:
    """Carry out every promise that has come due by `now`, CHUNK rows to a transaction.

    A row whose guard is in use is left for the next run, and so is a chunk that somebody keeps waiting.
    """
    deleted: Counter[str] = Counter()
    erased: Counter[str] = Counter()
    for model, promise in promises():
        for ids in _chunks(model, promise, now):
            counts = erased if promise.how is How.ERASE else deleted
            try:
                counts.update(once_more(partial(_keep, model, promise, ids, now)))
            except OperationalError as error:
                if not waited_too_long(error):
                    raise
                logger.warning("%s rows of %s are in use: left for the next purge", len(ids), _label(model))
    return Purged(deleted=dict(+deleted), erased=dict(+erased))


@transaction.atomic
def _keep(model: type[Model], promise: Retention, ids: Sequence[int], now: datetime) -> Mapping[str, int]:
    """Keep the promise for these rows, of which each is looked at again; returns the rows by model."""
    _bound_locks()
    free = _locked(model, promise, ids, now)
    if promise.how is How.DELETE:
        return delete(model, free, now)
    return {_label(model): _erase(model, promise, free)}


def forecast(now: datetime) -> Purged:
    """What `purge` would do at `now`. Changes and locks nothing."""
    reached: dict[type[Model], set[int]] = {}
    erased: Counter[str] = Counter()
    for model, promise in promises():
        for ids in _chunks(model, promise, now):
            if promise.how is How.DELETE:
                _reach(model, ids, reached)
            else:
                erased[_label(model)] += len(ids)
    return Purged(
        deleted={_label(model): len(ids) for model, ids in reached.items() if ids}, erased=dict(+erased)
    )


def delete(model: type[Model], ids: Sequence[int], now: datetime) -> Mapping[str, int]:
    """Delete these rows with everything that hangs on them, table by table; returns the rows by model.

    One statement a table whatever the number of rows, where Django's own cascade loads every row first. The
    rows are locked before anything of theirs goes: who is writing to one of them is waited for, and what they
    wrote goes with it.
    """
    gone: Counter[str] = Counter()
    if not ids:
        return gone
    promise = getattr(model, "retention", None)
    kept = promise if isinstance(promise, Retention) else None
    among = _array(ids)
    _hold(model, kept.guard if kept else "", among)
    if kept and kept.leaves is not None:
        kept.leaves(ids, now)
    # Leaves first: once somebody's trips are gone, the triggers on their phones have nothing left to do.
    for child, column, rule in sorted(_hanging(model), key=lambda hanging: not _is_leaf(hanging[0])):
        if rule is SET_NULL:
            pointer = _name(column)
            emptied = f"UPDATE {_table(child)} SET {pointer} = NULL "  # noqa: S608 - ours
            _execute(f"{emptied} WHERE {pointer} = ANY(%s::bigint[])", among)
        elif rule is CASCADE and _is_leaf(child):
            gone[_label(child)] += _execute(
                f"DELETE FROM {_table(child)} WHERE {_name(column)} = ANY(%s::bigint[])",  # noqa: S608 - ours
                among,
            )
        elif rule is CASCADE:
            gone.update(delete(child, _pointing(child, column, among), now))
    gone[_label(model)] += _execute(
        f"DELETE FROM {_table(model)} WHERE {_key(model)} = ANY(%s::bigint[])",  # noqa: S608 - ours
        among,
    )
    return gone


def _chunks(model: type[Model], promise: Retention, now: datetime) -> Iterator[Sequence[int]]:
    """The due rows' ids in their order, each once, even when a row stays."""
    last = 0
    while ids := list(_due(model, promise, now).filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield ids
        last = ids[-1]


def _due(model: type[Model], promise: Retention, now: datetime) -> QuerySet[Model]:
    rows: QuerySet[Model] = QuerySet(model).filter(promise.due(now)).order_by("pk")
    if promise.how is How.DELETE:
        return rows
    return rows.exclude(**_emptied(model, promise))


def _locked(model: type[Model], promise: Retention, ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Those of the rows that are nobody's at the moment, locked, and still due once they are.

    Looked at after they are locked: whatever was written to them before counts, and from then on whoever
    writes waits for us.
    """
    if promise.guard:
        ids = _unguarded(model, promise.guard, ids)
    key = model._meta.pk.attname
    rows: QuerySet[Model] = QuerySet(model).filter(_among(model, key, ids)).order_by("pk")
    held = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return list(_due(model, promise, now).filter(_among(model, key, held)).values_list("pk", flat=True))


def _hold(model: type[Model], guard: str, among: str) -> None:
    """Lock the rows, after those that guard them: in the order in which whoever writes to us takes them."""
    if guard:
        relation = _guarding(model, guard)
        _lock(relation.field.model, relation.field.attname, among)
    _lock(model, model._meta.pk.attname, among)


def _lock(model: type[Model], column: str, among: str) -> None:
    _execute(
        f"SELECT FROM {_table(model)} WHERE {_name(column)} = ANY(%s::bigint[]) "
        f"ORDER BY {_key(model)} FOR UPDATE",
        among,
    )


def _guarding(model: type[Model], guard: str) -> ForeignObjectRel:
    relation = model._meta.get_field(guard)
    assert isinstance(relation, ForeignObjectRel)  # noqa: S101 - what the type of get_field cannot say
    return relation


def _unguarded(model: type[Model], guard: str, ids: Sequence[int]) -> Sequence[int]:
    relation = _guarding(model, guard)
    guards = relation.field.model
    rows: QuerySet[Model] = QuerySet(guards).filter(_among(guards, relation.field.attname, ids))
    everyone = dict(rows.values_list("pk", relation.field.attname))
    ours = set(rows.select_for_update(skip_locked=True).values_list("pk", flat=True))
    busy = {owner for guarding, owner in everyone.items() if guarding not in ours}
    return [one for one in ids if one not in busy]


def _erase(model: type[Model], promise: Retention, ids: Sequence[int]) -> int:
    among = _among(model, model._meta.pk.attname, ids)
    return QuerySet(model).filter(among).update(**_emptied(model, promise))


def _emptied(model: type[Model], promise: Retention) -> dict[str, object]:
    fields = [model._meta.get_field(name) for name in promise.erase]
    return {each.name: each.get_default() for each in fields if isinstance(each, Field)}


def _reach(model: type[Model], ids: Sequence[int], reached: dict[type[Model], set[int]]) -> None:
    """Add to `reached` what `delete` would delete."""
    known = reached.setdefault(model, set())
    new = [one for one in ids if one not in known]
    known.update(new)
    if not new:
        return
    for child, column, rule in _hanging(model):
        if rule is CASCADE:
            _reach(child, _pointing(child, column, _array(new)), reached)


def _hanging(model: type[Model]) -> Iterator[tuple[type[Model], str, object]]:
    """What points at the model: the other model, its column, and what becomes of a row that does."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many:
            pointing = relation.field
            yield pointing.model, pointing.attname, relation.on_delete


def _is_leaf(model: type[Model]) -> bool:
    """Whether rows can go without a look at what hangs on them or what they leave."""
    promise = getattr(model, "retention", None)
    leaves = isinstance(promise, Retention) and promise.leaves is not None
    return not leaves and next(_hanging(model), None) is None


def _among(model: type[Model], column: str, ids: Sequence[int]) -> RawSQL:
    """Whether the column is one of these: one parameter, where `__in` takes as long as the deletion."""
    return RawSQL(  # noqa: S611 - names of our own columns
        f"{_table(model)}.{_name(column)} = ANY(%s::bigint[])", (_array(ids),), output_field=BooleanField()
    )


def _array(ids: Sequence[int]) -> str:
    """The ids as PostgreSQL writes an array: what a driver does one by one takes longer than their rows."""
    return f"{{{','.join(map(str, ids))}}}"


def _pointing(model: type[Model], column: str, among: str) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_key(model)} FROM {_table(model)} WHERE {_name(column)} = ANY(%s::bigint[])",  # noqa: S608 - our names
            [among],
        )
        return [row[0] for row in cursor.fetchall()]


def _execute(statement: str, among: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, [among])
        changed: int = cursor.rowcount
        return changed


def _bound_locks() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")


def _label(model: type[Model]) -> str:
    return model._meta.label_lower


def _table(model: type[Model]) -> str:
    return _name(model._meta.db_table)


def _key(model: type[Model]) -> str:
    return _name(model._meta.pk.attname)


def _name(plain: str) -> str:
    return connection.ops.quote_name(plain)
