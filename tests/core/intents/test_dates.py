"""Dates in a text, on Sunday 22 November 2026."""

from datetime import date

import pytest

from core.intents.calendars import BUDDHIST, year_of
from core.intents.reading import About, Intent
from core.intents.understand import understand
from tests.core.intents.corpus import TODAY


def span(text: str) -> tuple[date | None, date | None]:
    reading = understand(f"reg Egypt {text}", (), TODAY)
    return reading.start, reading.end


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-12-01 2026-12-20", date(2026, 12, 1), date(2026, 12, 20)),
        ("1/12 20/12", date(2026, 12, 1), date(2026, 12, 20)),
        ("1.12.-20.12.", date(2026, 12, 1), date(2026, 12, 20)),
        ("12/1 12/20", date(2026, 12, 1), date(2026, 12, 20)),  # 20 is no month: both are month first
        ("12/28 1/3", date(2026, 12, 28), date(2027, 1, 3)),
        ("1-20 dec", date(2026, 12, 1), date(2026, 12, 20)),
        ("dec 1-20", date(2026, 12, 1), date(2026, 12, 20)),
        ("28 nov to 5 dec", date(2026, 11, 28), date(2026, 12, 5)),
        ("28 to 5 december", date(2026, 11, 28), date(2026, 12, 5)),
        ("28 dec - 10 jan", date(2026, 12, 28), date(2027, 1, 10)),
        ("20 nov - 5 dec", date(2026, 11, 20), date(2026, 12, 5)),  # under way since Friday
        ("5 jan - 20 jan", date(2027, 1, 5), date(2027, 1, 20)),
        ("25112026 05122026", date(2026, 11, 25), date(2026, 12, 5)),
        ("25-11-2026 - 05-12-2026", date(2026, 11, 25), date(2026, 12, 5)),
        ("25-11 8-12", date(2026, 11, 25), date(2026, 12, 8)),
        ("25/11/26 8/12/26", date(2026, 11, 25), date(2026, 12, 8)),
        ("1 dec 2569 - 20 dec 2569", date(2026, 12, 1), date(2026, 12, 20)),  # the Buddhist era
        ("1/12/2569 - 20/12/2569", date(2026, 12, 1), date(2026, 12, 20)),
        ("๑ dec ๒๕๖๙ - ๒๐ dec ๒๕๖๙", date(2026, 12, 1), date(2026, 12, 20)),
        ("2569-12-01 2569-12-20", date(2026, 12, 1), date(2026, 12, 20)),
        ("01122569 20122569", date(2026, 12, 1), date(2026, 12, 20)),
        ("中華民國115年12月1日-20日", date(2026, 12, 1), date(2026, 12, 20)),
        ("民國115/12/1 - 民國115/12/20", date(2026, 12, 1), date(2026, 12, 20)),
        ("2026年12/1-12/5", date(2026, 12, 1), date(2026, 12, 5)),
        ("december 1st to december 20th", date(2026, 12, 1), date(2026, 12, 20)),
        ("25 nov - 5 jan 2027", date(2026, 11, 25), date(2027, 1, 5)),
        ("8/12 25/11", date(2026, 11, 25), date(2026, 12, 8)),  # the same trip told from its end
        ("10/1 5/1", date(2027, 1, 5), date(2027, 1, 10)),
        ("1/9 1/3", date(2027, 9, 1), date(2028, 3, 1)),  # half a year across the new one
        ("until 5 dec", None, date(2026, 12, 5)),
        ("from 5 dec", date(2026, 12, 5), None),
        ("tomorrow until 5 dec", date(2026, 11, 23), date(2026, 12, 5)),
        ("today - 29 feb 2028", date(2026, 11, 22), date(2028, 2, 29)),
    ],
)
def test_a_span_is_read_as_it_is_meant(text: str, start: date | None, end: date | None) -> None:
    assert span(text) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "20/12 to 1/12",
        "15/12-1/12",
        "5 jan - 28 dec",
        "next friday",
        "for 10 days",
        "31/2 5/3",
        "1 ramadan",
        "20/12/2026 1/12/2026",
        "in a week",
        "dopodomani",
        "1405/09/10",
        "10/9/1405 - 20/9/1405",
        "10 dec 1405",
        "2083-08-15 2083-08-20",
        "15/8/2083",
        "1 dec 2083 - 5 dec 2083",
        "15 mangsir 2083",
        "mangsir 15",
        "25/3/2019",
        "1448/6/11",
        "15/8/83",
        "5 آذر ۱۴۰۵",
        "۵ آذر تا ۱۲ آذر",
        "१५ मंसिर",
    ],
)
def test_what_we_do_not_count_on_is_asked(text: str) -> None:
    question = understand(f"reg Egypt {text}", (), TODAY).question
    assert question is not None
    assert question.about is About.DATES


@pytest.mark.parametrize("text", ["10/9/1405 - 20/9/1405", "mangsir 15", "15 mangsir 2083", "32 asar"])
def test_no_date_or_party_is_guessed_from_a_calendar_we_ask_about(text: str) -> None:
    reading = understand(f"reg Egypt {text}", (), TODAY)
    assert (reading.start, reading.end, reading.party) == (None, None, None)


def test_a_date_in_two_calendars_is_taken_from_the_one_we_count_in() -> None:
    assert span("1-9 dec (10 azar) ۱۰ آذر") == (date(2026, 12, 1), date(2026, 12, 9))


@pytest.mark.parametrize(
    ("number", "bases", "year"),
    [
        (2026, (), 2026),
        (26, (), 2026),
        (2569, (), 2026),
        (69, (), None),
        (69, (-BUDDHIST,), 2026),
        (27, (-BUDDHIST,), 2027),
        (8, (2018,), 2026),
        (1405, (), None),
        (2083, (), None),
        (2019, (), None),
        (2036, (), 2036),
        (2037, (), None),
        (2025, (), 2025),
        (2024, (), None),
    ],
)
def test_a_year_is_one_a_trip_may_have_or_none(number: int, bases: tuple[int, ...], year: int | None) -> None:
    assert year_of(number, TODAY, bases=bases) == year


@pytest.mark.parametrize("month", ["ሕዳር", "ኅዳር", "ህዳር", "ታሕሳስ", "መስከረም", "hidar"])
def test_a_month_of_the_ethiopian_calendar_is_asked_about_though_eritrea_means_november(month: str) -> None:
    reading = understand(f"ምዝገባ ካምፓላ {month} 25", (), TODAY)
    assert (reading.start, reading.end) == (None, None)
    assert reading.question is not None
    assert reading.question.about is About.DATES


@pytest.mark.parametrize("hint", ["en", "es", "th", "en-GB", "xx", "zh", "ja", "ko"])
def test_digits_alone_are_day_first_in_every_conversation(hint: str) -> None:
    reading = understand("12/8", (hint, "ko"), TODAY)
    assert (reading.start or reading.end) == date(2027, 8, 12)


def test_words_of_another_language_bring_its_own_order() -> None:
    assert understand("reg Egypt 1/12 3/12", ("ja",), TODAY).start == date(2026, 12, 1)
    assert understand("登録 エジプト 12/1 12/3", ("en",), TODAY).start == date(2026, 12, 1)
    assert understand("登録 エジプト 27/12 5/1", ("ja",), TODAY).start == date(2026, 12, 27)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("inscrire Japon 12 déc. 20 déc.", date(2026, 12, 12), date(2026, 12, 20)),
        ("inscrire Japon 3 sept. - 5 oct.", date(2027, 9, 3), date(2027, 10, 5)),
        ("anmelden Italien 3. Dez. - 5. Jan.", date(2026, 12, 3), date(2027, 1, 5)),
        ("registrar Italia 3 dic. - 5 ene.", date(2026, 12, 3), date(2027, 1, 5)),
        ("регистрация Италия 3 дек. - 5 янв.", date(2026, 12, 3), date(2027, 1, 5)),
        ("реєстрація Італія 3 груд. - 5 січ.", date(2026, 12, 3), date(2027, 1, 5)),
        ("पंजीकरण इटली 3 दिस. - 5 जन.", date(2026, 12, 3), date(2027, 1, 5)),
        ("ลงทะเบียน อิตาลี 3 ธ.ค. - 5 ม.ค.", date(2026, 12, 3), date(2027, 1, 5)),
        ("ලියාපදිංචි ඉතාලිය 3 දෙසැ. - 5 ජන.", date(2026, 12, 3), date(2027, 1, 5)),
        ("မှတ်ပုံတင် ထိုင်း ၃ နို - ၅ ဒီ", date(2026, 11, 3), date(2026, 12, 5)),
        ("မှတ်ပုံတင် ထိုင်း ဒီဇင် ၃ - ဇန် ၅", date(2026, 12, 3), date(2027, 1, 5)),
        ("reg Italy Dec. 3 - Jan. 5", date(2026, 12, 3), date(2027, 1, 5)),
    ],
)
def test_a_month_may_be_cut_short_and_dotted(text: str, start: date, end: date) -> None:
    reading = understand(text, (), TODAY)
    assert (reading.start, reading.end) == (start, end)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("I come back on 28 dec instead of 20 dec", None, date(2026, 12, 28)),
        ("I come back on 28 dec, not 20 dec", None, date(2026, 12, 28)),
        ("return moved from 20 dec to 28 dec", None, date(2026, 12, 28)),
        ("departure moved from 1 dec to 5 dec", date(2026, 12, 5), None),
        ("return postponed to 2 december", None, date(2026, 12, 2)),
        ("volo di ritorno spostato dal 20 al 28 dicembre", None, date(2026, 12, 28)),
        ("mon retour est décalé du 20 au 28 décembre", None, date(2026, 12, 28)),
        ("el vuelo de regreso pasó del 20 al 28 de diciembre", None, date(2026, 12, 28)),
        ("mein Rückflug wurde vom 20. auf den 28. Dezember verschoben", None, date(2026, 12, 28)),
        ("wapsi 20 dec ke badle 28 dec ko hogi", None, date(2026, 12, 28)),
        ("20 aralık yerine 28 aralıkta dönüyorum", None, date(2026, 12, 28)),
        ("dönüşüm 20 aralıktan 28 aralığa ertelendi", None, date(2026, 12, 28)),
        ("回国从12月20日改到12月28日", None, date(2026, 12, 28)),
        ("귀국이 12월 20일에서 12월 28일로 변경되었습니다", None, date(2026, 12, 28)),
        ("wracam 28 grudnia zamiast 20", None, date(2026, 12, 28)),
    ],
)
def test_of_two_dates_the_one_that_no_longer_holds_is_left_out(
    text: str, start: date | None, end: date | None
) -> None:
    reading = understand(text, (), TODAY)
    assert (reading.intent, reading.start, reading.end) == (Intent.UPDATE, start, end)


@pytest.mark.parametrize(
    "text",
    [
        "reg Rome from 20 to 28, 2 pax",
        "vado a Roma dal 20 al 28",
        "je vais à Rome du 20 au 28",
        "voy a Roma del 20 al 28",
        "fahre nach Rom vom 20. bis 28.",
        "еду в Рим с 20 по 28",
        "20日から28日までローマに行きます",
        "20일부터 28일까지 로마에 갑니다",
    ],
)
def test_two_days_without_a_month_are_the_next_such_days(text: str) -> None:
    reading = understand(text, (), TODAY)
    assert (reading.country, reading.start, reading.end) == ("IT", date(2026, 12, 20), date(2026, 12, 28))


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("back on the 28th", date(2026, 11, 28)),
        ("torno il 5", date(2026, 12, 5)),
        ("je rentre le 5", date(2026, 12, 5)),
        ("back at 8", None),
        ("staying until 18:30", None),
        ("loan until 20.000 euro", None),
        ("bin vom ersten bis zum dritten Dezember in Rom", date(2026, 12, 3)),
        ("el primero de diciembre vuelvo", date(2026, 12, 1)),
    ],
)
def test_a_day_is_told_from_an_hour_and_an_amount(text: str, end: date | None) -> None:
    assert understand(text, (), TODAY).end == end
