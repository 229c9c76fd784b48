"""Names of places in Latin letters, whatever language and script stand around them."""

import pytest

from core.intents.keywords import Mode, entries, read, tags
from core.intents.reading import Intent
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY

# What people abroad text, and where it is.
CITIES = {
    "Osaka": "JP", "Kyoto": "JP", "Benghazi": "LY", "Dubai": "AE", "Beirut": "LB", "Jeddah": "SA",
    "Riyadh": "SA", "Doha": "QA", "Milan": "IT", "Sharjah": "AE", "Muscat": "OM", "Erbil": "IQ",
    "Khartoum": "SD", "Busan": "KR", "Kathmandu": "NP", "Nairobi": "KE", "Istanbul": "TR", "Barcelona": "ES",
    "Kyiv": "UA", "Singapore": "SG",
}  # fmt: skip


def verb(tag: str) -> str:
    return next(
        phrase
        for phrase, entry in entries(tag, read(tag))
        if entry.sense is Intent.REGISTER and entry.mode is Mode.ANYWHERE
    )


@pytest.mark.parametrize("tag", tags())
def test_a_city_in_latin_letters_is_read_in_every_language(tag: str) -> None:
    found = {
        name: understand(f"{verb(tag)} {text} 1/12/2026 20/12/2026", (), TODAY).country
        for name in CITIES
        for text in (name, name.lower())
    }
    assert found == CITIES


@pytest.mark.parametrize("tag", tags())
def test_a_city_alone_is_read_in_every_conversation(tag: str) -> None:
    assert {name: understand(name.lower(), (tag,), TODAY).country for name in CITIES} == CITIES


def test_kuwait_and_tripoli_are_read_or_asked() -> None:
    assert understand("kuwait", (), TODAY).country == "KW"
    assert understand("tripoli", ("ar",), TODAY).question is not None
