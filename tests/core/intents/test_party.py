"""How many travel, by what people say of each other."""

import pytest

from core.intents.understand import understand
from tests.core.intents.corpus import TODAY


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("ไปญี่ปุ่น 3 ธค กับลูก 2 คน", 3),  # with 2 children: the word for people counts those before it
        ("ไปญี่ปุ่น 3 ธค กับลูก2คน", 3),
        ("ไปญี่ปุ่น 3 ธค กับเพื่อนสามคน", 4),
        ("ไปญี่ปุ่น 3 ธค ผู้ใหญ่ 2 คน เด็ก 1 คน", 3),
        ("ไปญี่ปุ่น 3 ธค 2 คน", 2),
        ("sajili Qatar 3 desemba watu 3", 3),
    ],
)
def test_a_count_behind_a_word_belongs_to_that_word(text: str, party: int) -> None:
    assert understand(text, (), TODAY).party == party
