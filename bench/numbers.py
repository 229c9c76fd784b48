"""The phones of the people in the benchmarks, by their place: numbers that nobody can own."""

from typing import Final

from telephony.numbers import PhoneNumber, synthetic

_FIRST: Final = 5_000  # below are the service's senders and the phones of the twin's page


def number(place: int) -> PhoneNumber:
    """The phone of the person at that place, from 0."""
    return synthetic(_FIRST + place)
