"""What a ring and each turn of a call read and write, as prepared statements: a person hears the silence.

Two trips to the database instead of eight; for a ring two instead of eleven, three where the phone is new.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from channels_voice.models import Call, CallStep
from core.exchange import INTRODUCE, LOCK
from core.models import ContactPoint
from core.statements import Ask, Rows, Table, asked, one_trip

_CALL: Final = Table(Call)
_CONTACT: Final = Table(ContactPoint)
_STEP: Final = Table(CallStep)

_LOCK: Final = """
    SELECT id FROM core_contactpoint
     WHERE id = (SELECT contact_id FROM channels_voice_call WHERE token = %s) FOR NO KEY UPDATE
"""
# In a statement of its own: what a locking one reads beside the row it waits for is as old as the wait.
_STANDING: Final = f"""
    SELECT {_CALL.read("call")}, {_CONTACT.read("contact")}, {_STEP.read("step")}
      FROM channels_voice_call AS call
      JOIN core_contactpoint AS contact ON contact.id = call.contact_id
      LEFT JOIN channels_voice_callstep AS step ON step.call_id = call.id AND step.number = %s
     WHERE call.token = %s
"""  # noqa: S608 - column names of our models
_RUNG: Final = f"""
    SELECT EXISTS (SELECT FROM core_providercopy WHERE provider_sid = %s),
           (SELECT earlier.id FROM channels_voice_call AS earlier
             WHERE earlier.contact_id = contact.id AND EXISTS (
                   SELECT FROM channels_voice_callstep WHERE call_id = earlier.id AND created_at > %s)
             ORDER BY earlier.created_at DESC LIMIT 1),
           {_CONTACT.read("contact")}, {_CALL.read("call")}
      FROM (SELECT) AS always
      LEFT JOIN core_contactpoint AS contact ON contact.number_index = %s
      LEFT JOIN channels_voice_call AS call ON call.provider_sid = %s
"""  # noqa: S608 - column names of our models
_KEEP: Final = f"""
    WITH said AS ({_STEP.inserted()}) UPDATE channels_voice_call SET step = %s WHERE id = %s
"""  # noqa: S608 - column names of our models
_OPEN: Final = f"""
    WITH opened AS ({_CALL.inserted()} RETURNING id) {_STEP.inserted(call_id="(SELECT id FROM opened)")}
"""  # noqa: S608 - column names of our models


@dataclass(frozen=True, slots=True)
class Ring:
    """What is known when a phone rings: of the phone, now locked, and of that call.

    `call`: the ring was answered before. `before`: the id of its latest call of which something was said
    lately.
    """

    contact: ContactPoint
    call: Call | None
    before: int | None


def rung(
    number_index: bytes, sid: str, stranger: Callable[[], ContactPoint], *, lately: datetime
) -> Ring | None:
    """Lock the phone's row and read what is known of it and of the call of that id.

    A phone never heard of is made of `stranger()` in a second trip; None for a ring delivered again when its
    caller has been deleted, who is not made anew.
    """
    sought = [sid, lately, number_index, sid]
    with one_trip() as ask:
        found = _ask_ring(ask, number_index, sought)
    known, forgotten = _read_ring(found)
    if known or forgotten:
        return None if forgotten else known
    with one_trip() as ask:
        ask(INTRODUCE, _CONTACT.values(stranger()))
        found = _ask_ring(ask, number_index, sought)
    known, _ = _read_ring(found)
    if known is None:
        raise LookupError("a phone just introduced is known")
    return known


def _ask_ring(ask: Ask, number_index: bytes, sought: list[object]) -> Rows:
    ask(LOCK, [number_index])
    return ask(_RUNG, sought)


def _read_ring(found: Rows) -> tuple[Ring | None, bool]:
    """What is known of the phone (None: no such phone), and whether the caller was deleted."""
    ((forgotten, before, *columns),) = found
    of_contact, of_call = columns[: _CONTACT.width], columns[_CONTACT.width :]
    if of_contact[0] is None:
        return None, forgotten
    call = _CALL.instance(of_call) if of_call[0] is not None else None
    return Ring(_CONTACT.instance(of_contact), call, before), forgotten


def locked(token: UUID, step: int) -> tuple[Call, CallStep | None] | None:
    """The call of that token and that step of it, if it was said; None when nobody knows the call.

    Its phone is locked: one turn of a phone at a time, whatever its calls and texts.
    """
    with one_trip() as ask:
        ask(_LOCK, [token])
        found = ask(_STANDING, [step, token])
    row = found.fetchone()
    if row is None:
        return None
    of_call, of_contact, of_step = (
        row[: _CALL.width],
        row[_CALL.width : -_STEP.width],
        row[-_STEP.width :],
    )
    call = _CALL.instance(of_call)
    call.contact = _CONTACT.instance(of_contact)
    return call, _STEP.instance(of_step) if of_step[0] is not None else None


def keep(said: CallStep) -> None:
    """Store what was said as the last step of its call, in one statement; a new call is stored with it.

    The keys are not read back.
    """
    if said.call_id:
        asked(_KEEP, [*_STEP.values(said), said.number, said.call_id])
    else:
        asked(_OPEN, [*_CALL.values(said.call), *_STEP.values(said, but="call_id")])
