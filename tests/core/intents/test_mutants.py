"""The reasons why mutants of the judgement may live speak of pieces that are still there."""

from tests.core.intents.judged import BROKEN
from tests.core.intents.mutants import pieces, reasons

SHORTEST = 20  # letters of a reason


def test_every_reason_is_of_a_piece_of_the_code_and_says_why() -> None:
    there = {piece.name for module in BROKEN for piece in pieces(module)}
    known = reasons()
    assert [name for name in known if name not in there] == []
    assert [name for name, reason in known.items() if len(reason) < SHORTEST] == []


def test_a_piece_is_named_by_its_line_and_its_own_text() -> None:
    found = [piece for module in BROKEN for piece in pieces(module) if piece.part == "6"]
    assert {piece.line.partition(" ")[0] for piece in found} == {"_REACH:"}
    assert {piece.module for piece in found} == {"clearing.py", "decision.py"}
