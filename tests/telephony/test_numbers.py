import phonenumbers
import pytest

from telephony.numbers import NotAPhoneNumber, PhoneNumber, synthetic


def _example(region: str, kind: int = phonenumbers.PhoneNumberType.MOBILE) -> PhoneNumber:
    number = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert number is not None
    return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def test_a_number_is_read_as_people_write_it() -> None:
    number = synthetic(7)
    spaced = f"{number.e164[:3]} {number.e164[3:7]} {number.e164[7:]}"
    assert PhoneNumber.parse(spaced) == number
    assert PhoneNumber.parse("0" + number.e164[3:], region="GB") == number


@pytest.mark.parametrize("text", ["", "hello", "12345", "+", "+1", "++44", "+44 77", "+" + "9" * 20])
def test_what_cannot_be_dialled_is_refused_and_not_repeated_in_the_error(text: str) -> None:
    with pytest.raises(NotAPhoneNumber) as caught:
        PhoneNumber.parse(text)
    assert len(text) < 5 or text not in str(caught.value)


def test_the_providers_notation_is_believed_even_where_our_numbering_plans_are_out_of_date() -> None:
    unassigned = "+999" + "5" * 8
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber.parse(unassigned)
    assert PhoneNumber.from_wire(unassigned).e164 == unassigned
    assert PhoneNumber.from_wire(synthetic(3).e164) == synthetic(3)


def test_the_wire_and_people_agree_on_the_notation_of_every_country() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        number = _example(region)
        assert PhoneNumber.from_wire(number.e164) == PhoneNumber.parse(number.e164)


@pytest.mark.parametrize(
    "text", ["12345", "ALERTS", "whatsapp:+" + "4" * 10, "+12345", " +" + "4" * 10, "+" + "4" * 16]
)
def test_a_short_code_or_a_name_on_the_wire_is_no_number(text: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber.from_wire(text)


def test_every_country_is_recognised_by_its_numbers() -> None:
    wrong = {region for region in phonenumbers.SUPPORTED_REGIONS if _example(region).region != region}
    # Svalbard shares Norway's numbers altogether, and a few islands use a neighbour's mobile ranges.
    assert wrong <= {"SJ", "AX", "BL", "MF", "GP", "YT", "RE", "EH", "CC", "CX", "VA", "GG", "JE", "IM"}


def test_a_number_of_no_country_has_no_region() -> None:
    assert synthetic(1000).region is None  # the withdrawn disaster relief code
    assert PhoneNumber("+800" + "1" * 8).region is None  # international freephone
    assert PhoneNumber("+999" + "1" * 8).region is None  # assigned to nobody


def test_an_unknown_range_falls_to_the_main_country_of_its_code() -> None:
    assert PhoneNumber("+44" + "1" * 5).region == "GB"


def test_a_number_shows_two_digits_only_wherever_it_is_printed() -> None:
    number = synthetic(42)
    for shown in (str(number), repr(number), f"{number}", number.mask):
        assert number.e164[1:-2] not in shown
        assert number.e164[-2:] in shown


def test_synthetic_numbers_are_distinct_and_known_as_such() -> None:
    numbers = [synthetic(index) for index in range(1200)]
    assert len(set(numbers)) == 1200
    assert all(number.is_synthetic for number in numbers)
    assert not _example("IT").is_synthetic


_KINDS = phonenumbers.PhoneNumberType


@pytest.mark.parametrize("region", ["IT", "GB", "US", "EG", "IN", "NG", "BR", "PH"])
def test_a_mobile_phone_is_one_in_every_country(region: str) -> None:
    assert _example(region, _KINDS.MOBILE).is_mobile


@pytest.mark.parametrize("kind", [_KINDS.PREMIUM_RATE, _KINDS.TOLL_FREE, _KINDS.FIXED_LINE])
@pytest.mark.parametrize("region", ["IT", "GB", "FR", "DE"])
def test_a_premium_free_or_fixed_number_is_no_mobile_phone(region: str, kind: int) -> None:
    assert not _example(region, kind).is_mobile


def test_a_number_that_no_plan_knows_is_no_mobile_phone() -> None:
    for unknown in ("+44" + "1" * 5, "+999" + "1" * 8, "+800" + "1" * 8):
        assert not PhoneNumber(unknown).is_mobile


def test_a_synthetic_number_stands_for_a_mobile_phone() -> None:
    assert synthetic(1).is_mobile
    assert synthetic(1200).is_mobile
