"""Our numbers and alphanumeric ids, with their rates and the countries they may text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sender:
    """One of our numbers or ids, as listed in the `SENDERS` setting.

    `countries` are ISO 3166 codes the sender may reach, or `("*",)` for all of them. `call_back`: whoever
    rings this number is not answered but rung back, free of charge. `calls_at_once`: lines of ours to
    people, ringing or open, at the same time.
    """

    id: str
    sms: bool = True
    voice: bool = True
    two_way: bool = True
    segments_per_second: float = 1.0
    calls_per_second: float = 1.0
    calls_at_once: int = 100
    countries: tuple[str, ...] = ("*",)
    call_back: bool = False

    def reaches(self, region: str | None) -> bool:
        """Whether a phone of that country may be texted or called from here."""
        return "*" in self.countries or region in self.countries
