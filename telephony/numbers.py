"""Phone numbers: parsed once at the edge, E.164 everywhere else."""

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers

# Numbers that nobody can own, for demonstrations, drills and tests:
# +44 7700 900000-900999 (Ofcom, "Telephone numbers for drama use") and +888, the code once assigned
# to OCHA for disaster relief and withdrawn (ITU Operational Bulletin), 11 digits.
_DRAMA: Final = "+44" + "7700" + "900"  # in parts, so that no number stands here whole
_WITHDRAWN: Final = "+888"

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_COUNTRY_CODE: Final = 3
_NO_COUNTRY: Final = "001"


_ORDINARY: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }
)


class NotAPhoneNumber(ValueError):
    """The text is not a number that can be dialled. The text itself is never part of the message."""


@dataclass(frozen=True, slots=True, order=True)
class PhoneNumber:
    """A dialable number in E.164 form. `str()` masks it, so a stray log line shows two digits only."""

    e164: str

    @classmethod
    def parse(cls, text: str, *, region: str | None = None) -> "PhoneNumber":
        """Read a number as a person or the provider writes it; `region` (ISO 3166) resolves a local form.

        Raises NotAPhoneNumber.
        """
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            raise NotAPhoneNumber("not a phone number") from None
        if not phonenumbers.is_possible_number(number):
            raise NotAPhoneNumber("not a possible phone number")
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    @classmethod
    def from_wire(cls, text: str) -> "PhoneNumber":
        """Read a number as the provider writes it, believed where our numbering plans are out of date.

        A short code or an alphanumeric id is no number. Raises NotAPhoneNumber.
        """
        if _E164.fullmatch(text) is None:
            raise NotAPhoneNumber("not a number in international form")
        try:
            return cls.parse(text)
        except NotAPhoneNumber:
            return cls(text)

    @property
    def region(self) -> str | None:
        """ISO 3166 country of the number; None for codes that belong to no country."""
        regions = _regions_of(self.e164)
        if len(regions) < 2:
            region = regions[0] if regions else None
        else:
            region = phonenumbers.region_code_for_number(phonenumbers.parse(self.e164)) or regions[0]
        return None if region == _NO_COUNTRY else region

    @property
    def is_synthetic(self) -> bool:
        """Whether the number lies in a range that is never in service."""
        return self.e164.startswith((_DRAMA, _WITHDRAWN))

    @property
    def is_mobile(self) -> bool:
        """Whether the number can be a mobile phone of a person: not a premium, short, fixed or unknown one.

        Some numbering plans (North America) do not tell mobile from fixed lines; theirs count.
        """
        if self.is_synthetic:
            return True
        try:
            kind = phonenumbers.number_type(phonenumbers.parse(self.e164))
        except phonenumbers.NumberParseException:
            return False  # of no country we know
        return kind in {
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        }

    @property
    def mask(self) -> str:
        """All but the last two digits hidden."""
        return "•" * (len(self.e164) - 3) + self.e164[-2:]

    def __str__(self) -> str:
        return self.mask

    def __repr__(self) -> str:
        return f"PhoneNumber({self.mask})"


def _regions_of(e164: str) -> tuple[str, ...]:
    """The countries that share the number's country code, the main one first; most codes have one."""
    for length in range(1, _LONGEST_COUNTRY_CODE + 1):
        code = e164[1 : 1 + length]
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdecimal() else None
        if regions:
            return tuple(regions)
    return ()


def countries_of_code(code: str) -> tuple[str, ...]:
    """The countries (ISO 3166) of a telephone code ("218", "1"), the main one first; none for no code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code.isdecimal() else None
    return tuple(region for region in regions or () if region != _NO_COUNTRY)


def may_be_called_back(number: PhoneNumber) -> bool:
    """Whether ringing the number back costs what a call costs: never premium, shared-cost or unknown ranges.

    Numbers that nobody can own are harmless.
    """
    if number.is_synthetic:
        return True
    return phonenumbers.number_type(phonenumbers.parse(number.e164)) in _ORDINARY


def synthetic(index: int) -> PhoneNumber:
    """The `index`-th number that is never in service: the 1,000 drama numbers, then the withdrawn code."""
    if index < 1000:
        return PhoneNumber(f"{_DRAMA}{index:03d}")
    return PhoneNumber(f"{_WITHDRAWN}{index:011d}")
