"""What stands in the compiled vocabulary is what the data says."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intents import vocabulary as reading
from core.intents.compiled import unpacked
from core.intents.keywords import Entry, entries, read, tags
from core.intents.phrasebook import compile_phrases, elements
from core.intents.vocabulary import ROOT, Vocabulary, fingerprint, loaded, vocabulary
from core.intents.words import one_edit_apart


def found(phrase: str, words: Vocabulary) -> tuple[Entry, ...]:
    """What the tree says of a phrase as it stands in the data."""
    number: int | None = ROOT
    for element in elements(phrase):
        node = words.nodes[number or ROOT]
        stem = element.endswith("*")
        number = node.stems.get(element[:-1]) if stem else node.words.get(element)
        assert number is not None, phrase
    return words.nodes[number or ROOT].entries


@pytest.mark.parametrize("tag", tags())
def test_every_phrase_of_the_data_is_in_the_tree(tag: str) -> None:
    words = vocabulary()
    lost = [
        phrase
        for phrase, entry in entries(tag, read(tag))
        if not any(
            (known.tag, known.sense, known.mode, known.value) == (tag, entry.sense, entry.mode, entry.value)
            for known in found(phrase, words)
        )
    ]
    assert lost == []


@pytest.fixture(scope="module")
def swahili() -> Vocabulary:
    return loaded(unpacked(memoryview(compile_phrases(["sw"]))), vocabulary().gazetteer)


def test_a_vocabulary_of_one_language_knows_no_other(swahili: Vocabulary) -> None:
    assert swahili.tags == ("sw",)
    assert {entry.tag for entry in found("msaada", swahili)} == {"sw"}
    assert "trapped" not in swahili.root.words


def _nodes(words: Vocabulary) -> Iterator[int]:
    waiting = [ROOT]
    while waiting:
        number = waiting.pop()
        yield number
        waiting += [*words.nodes[number].words.values(), *words.nodes[number].stems.values()]


def test_the_tree_reads_the_same_once_it_was_forgotten(
    swahili: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {number: swahili.nodes[number] for number in _nodes(swahili)}
    monkeypatch.setattr(reading, "_REMEMBERED", 3)
    swahili.nodes.clear()
    assert {number: swahili.nodes[number] for number in before} == before
    assert len(swahili.nodes) <= 3


@given(st.sampled_from(["injured", "trapped", "register", "november"]), st.data())
def test_a_correction_is_one_edit_away(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    slipped = word[:at] + data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")) + word[at + 1 :]
    assert all(one_edit_apart(slipped, known) for known in vocabulary().corrected(slipped))
    known = vocabulary()
    # A word that is also said of safety is left alone where the slip may be of another word.
    doubtful = word in known.guarded and len(known.near.to(slipped)) > 1
    assert slipped == word or doubtful or word in known.corrected(slipped)


def test_other_data_make_another_file() -> None:
    assert fingerprint(["en", "sw"]) != fingerprint(["sw", "en"]) != fingerprint(["sw"])
