"""Keeping phones, threads and messages from one start to the next, in one file only its owner can read.

Calls and recordings end with the program.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Final, NotRequired, TypedDict

from twin.account import Account
from twin.records import Direction, Entry, Message, Phone, Pickup, Status
from twin.segments import size

_VERSION: Final = 1

MessageRow = TypedDict(
    "MessageRow",
    {
        "sid": str,
        "direction": str,
        "from": str,
        "to": str,
        "body": str,
        "created": str,
        "updated": str,
        "sent": str | None,
        "status": str,
        "code": int | None,
        "callback": str,
        "valid_seconds": int,
        "media": int,
        "idempotency": str,
    },
)


class EntryRow(TypedDict):
    """A text in a thread; `message` is whole, because the provider's copy may be gone."""

    message: MessageRow
    body: str
    alert: int | None


class PhoneRow(TypedDict):
    """A phone."""

    number: str
    language: str
    answers_with: list[str]
    answers_after: float
    active: str | None
    unread: int
    thread: list[EntryRow]
    pickup: NotRequired[str]  # files written before phones could ring lack it


class Saved(TypedDict):
    """The whole file."""

    version: int
    messages: list[MessageRow]
    phones: list[PhoneRow]
    opted_out: list[list[str]]


class UnreadableState(Exception):
    """The file is not one of ours."""


def save(account: Account, path: Path) -> None:
    """Write everything anew; a crash on the way leaves the former file."""
    saved: Saved = {
        "version": _VERSION,
        "messages": [_message_row(message) for message in account.messages],
        "phones": [_phone_row(phone) for phone in account.phones.values()],
        "opted_out": [list(pair) for pair in sorted(account.opted_out)],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(saved, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def load(account: Account, path: Path) -> list[Message]:
    """Read what was saved into an empty account; a missing file changes nothing.

    Returns the messages that were still on their way, oldest first. Raises UnreadableState.
    """
    if not path.exists():
        return []
    try:
        saved: Saved = json.loads(path.read_text())
        if saved["version"] != _VERSION:
            raise UnreadableState(f"{path.name} is of another version; delete it to begin anew")
        _fill(account, saved)
    except (ValueError, KeyError, TypeError):
        raise UnreadableState(f"{path.name} cannot be read; delete it to begin anew") from None
    return [message for message in account.messages if not message.status.is_final]


def _fill(account: Account, saved: Saved) -> None:
    for message in saved["messages"]:
        account.messages.file(_message(message, account.messages.next_ordinal()))
    for row in saved["phones"]:
        thread = [_entry(entry, account) for entry in row["thread"]]
        account.phones[row["number"]] = Phone(
            number=row["number"],
            language=row["language"],
            answers_with=tuple(row["answers_with"]),
            answers_after=row["answers_after"],
            active=datetime.fromisoformat(row["active"]) if row["active"] else None,
            unread=row["unread"],
            thread=thread,
            pickup=Pickup(row["pickup"]) if row.get("pickup") else None,
        )
    account.opted_out = {(sender, number) for sender, number in saved["opted_out"]}


def _entry(row: EntryRow, account: Account) -> Entry:
    message = account.messages.find(row["message"]["sid"]) or _message(row["message"], 0)
    return Entry(message, row["body"], row["alert"])


def _phone_row(phone: Phone) -> PhoneRow:
    return {
        "number": phone.number,
        "language": phone.language,
        "answers_with": list(phone.answers_with),
        "answers_after": phone.answers_after,
        "active": phone.active.isoformat() if phone.active else None,
        "unread": phone.unread,
        "pickup": phone.pickup.value if phone.pickup else "",
        "thread": [
            {"message": _message_row(entry.message), "body": entry.body, "alert": entry.alert}
            for entry in phone.thread
        ],
    }


def _message_row(message: Message) -> MessageRow:
    return {
        "sid": message.sid,
        "direction": message.direction.value,
        "from": message.sender,
        "to": message.to,
        "body": message.body,
        "created": message.created.isoformat(),
        "updated": message.updated.isoformat(),
        "sent": message.sent.isoformat() if message.sent else None,
        "status": message.status.value,
        "code": message.code,
        "callback": message.callback,
        "valid_seconds": message.valid_seconds,
        "media": message.media,
        "idempotency": message.idempotency,
    }


def _message(row: MessageRow, ordinal: int) -> Message:
    return Message(
        ordinal=ordinal,
        sid=row["sid"],
        direction=Direction(row["direction"]),
        sender=row["from"],
        to=row["to"],
        body=row["body"],
        size=size(row["body"]),
        created=datetime.fromisoformat(row["created"]),
        updated=datetime.fromisoformat(row["updated"]),
        sent=datetime.fromisoformat(row["sent"]) if row["sent"] else None,
        status=Status(row["status"]),
        code=row["code"],
        callback=row["callback"],
        valid_seconds=row["valid_seconds"],
        media=row["media"],
        idempotency=row["idempotency"],
    )
