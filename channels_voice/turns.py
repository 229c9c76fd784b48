"""What each turn of a call reads and writes, as prepared statements: a person is listening to the silence.

Two trips to the database instead of eight.
"""

from typing import Final
from uuid import UUID

from channels_voice.models import Call, CallStep
from core.models import ContactPoint
from core.statements import Table, asked, one_trip

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
_KEEP: Final = f"""
    WITH said AS ({_STEP.inserted()}) UPDATE channels_voice_call SET step = %s WHERE id = %s
"""  # noqa: S608 - column names of our models


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
    """Store what was said as the last step of its call, in one statement. The step's key is not read back."""
    asked(_KEEP, [*_STEP.values(said), said.number, said.call_id])
