"""A question that waits behind another one, and is put again when its turn has come."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Protocol, runtime_checkable

from core.languages import speaking
from core.turn import Reply, Turn


@runtime_checkable
class Parks(Protocol):
    """A dialogue whose question may be parked: by a check-in, by another language, by a call for help."""

    def waiting(self, turn: Turn) -> Reply | None:
        """Its open question, put once more and so open anew; None when it has none."""
        ...


def resumed(turn: Turn, reply: Reply, dialogues: Sequence[Parks], *, changed: bool) -> Reply:
    """The reply and, where it settles its matter, the question that waits besides: the first of `dialogues`.

    The question is put in the language that is being spoken, which on a call may stand in for the person's
    own; `changed`: in the one the person has just chosen. Somebody who said STOP is asked nothing, unless
    they wait to be led.
    """
    if not reply.resumes or (turn.opted_out and not turn.is_led):
        return reply
    with speaking(turn.contact.language) if changed else nullcontext():
        for dialogue in dialogues:
            question = dialogue.waiting(turn)
            if question:
                text = "\n".join(filter(None, (reply.text, question.text)))
                aloud = " ".join(filter(None, (reply.spoken, question.spoken)))
                return replace(
                    reply,
                    text=text,
                    aloud=aloud,
                    choices=question.choices,
                    expects=question.expects,
                    language=question.language,
                    ends=question.ends,
                    resumes=not question.ends,
                )
    return reply
