"""What sounds like a call for help, safety or a trip and is none: contacts, prizes, absences, denied ends."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.intents.keywords import LOCALE, Sense, entries, read, tags
from core.intents.reading import Intent
from core.intents.understand import understand
from telephony.numbers import synthetic
from tests.core.intents.corpus import TODAY

CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))
UNASKED = {Intent.NEED_HELP, Intent.SAFE, Intent.NOT_THERE, Intent.END, Intent.STOP, Intent.DELETE}


def intent(text: str) -> Intent:
    return understand(text, (), TODAY).intent


def said(catalog: Path, msgid: str) -> list[str]:
    """The words that a catalog lists for one of ours."""
    with catalog.open("rb") as file:
        message = read_po(file).get(msgid, context="sms")
    assert message is not None
    listed = str(message.string).replace("،", ",").replace("、", ",").replace("၊", ",")
    return [word.strip() for word in listed.split(",") if word.strip()]


@pytest.mark.parametrize("tag", tags())
def test_an_emergency_contact_is_no_emergency(tag: str) -> None:
    words = [phrase for phrase, entry in entries(tag, read(tag)) if entry.sense is Sense.CONTACT]
    assert words
    heard = {
        word: intent(text) for word in words for text in (word, f"{word} {synthetic(1).e164}", f"{word}.")
    }
    assert {word: got for word, got in heard.items() if got is not Intent.UNKNOWN} == {}


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parent.parent.name)
def test_the_words_of_the_catalogs_for_a_contact_cry_for_nothing(catalog: Path) -> None:
    heard = {word: intent(word) for word in said(catalog, "contact, my contact, family contact")}
    assert heard
    assert {word: got for word, got in heard.items() if got in UNASKED} == {}


@pytest.mark.parametrize("catalog", CATALOGS, ids=lambda path: path.parent.parent.name)
def test_a_word_of_agreement_says_nothing_about_danger(catalog: Path) -> None:
    heard = {
        word: intent(word)
        for msgid in ("yes, ok, agree, i agree", "no, refuse, i refuse")
        for word in said(catalog, msgid)
    }
    wrong = UNASKED - {Intent.SAFE} - {Intent.STOP}  # "ok" is both, and the dialogue knows which it asked for
    assert {word: got for word, got in heard.items() if got in wrong} == {}


@pytest.mark.parametrize(
    "text",
    [
        "emergency!", "emergency", "emergency contact my embassy now, there is an emergency here",
        "緊急", "緊急です", "응급", "darurat", "ہنگامی صورتحال", "জরুরি",
        "ฉุกเฉิน", "紧急求助", "dharura",
    ],
)  # fmt: skip
def test_an_emergency_still_is_one(text: str) -> None:
    assert intent(text) is Intent.NEED_HELP


@pytest.mark.parametrize("text", ["sahamat", "ma sahamat chhu", "haina", "sang-ayon"])
def test_a_word_that_may_be_a_slip_of_several_others_is_none_of_them(text: str) -> None:
    assert intent(text) is Intent.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "nie jestem w domu", "não estou em casa", "non sono a casa", "no estoy en casa", "nu sunt acasă",
        "je ne suis pas à la maison", "ich bin nicht zu Hause", "я не дома", "we are not home yet",
    ],
)  # fmt: skip
def test_who_is_not_at_home_ends_no_trip(text: str) -> None:
    assert intent(text) is not Intent.END


@pytest.mark.parametrize(
    "text",
    [
        "I am out of the office until Monday",
        "Automatic reply: I am on annual leave until 5 December. For urgent matters call my colleague.",
        "I'm driving, I'll call you back",
        "Sono fuori ufficio fino al 5 dicembre, per urgenze chiamare la collega",
        "Estoy fuera de la oficina hasta el 5 de diciembre",
        "Je suis absent du bureau jusqu'au 5 décembre",
        "Estou fora do escritório até 5 de dezembro",
        "Ich bin bis 5. Dezember nicht im Büro",
        "أنا خارج المكتب حتى 5 ديسمبر",
        "5 Aralık'a kadar ofis dışındayım",
        "Я вне офиса до 5 декабря",
        "Jestem na urlopie do 5 grudnia",
        "我12月5日前不在办公室",
        "自動返信: 12月5日まで不在にしております",
        "12월 5일까지 휴가 중입니다",
    ],
)
def test_an_automatic_reply_asks_for_nothing(text: str) -> None:
    assert intent(text) is Intent.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "مبروك ربحت جائزة 1000 دولار اضغط هنا",
        "مبروك لقد ربحت سيارة جديدة ارسل رقمك",
        "مبروك! رقمك ربح معنا ايفون",
        "Congratulations! Your number has won a prize, call now",
    ],
)
def test_a_prize_is_no_danger(text: str) -> None:
    assert intent(text) is Intent.UNKNOWN


def test_out_of_office_does_not_silence_a_call_for_help() -> None:
    assert intent("out of office, building on fire, we are trapped") is Intent.NEED_HELP
