"""What our texts promise: each word we tell people to write is understood, in each language."""

from datetime import date

import pytest
from django.utils.translation import pgettext

from core.dialogues.registration_words import consent
from core.intents.reading import Intent
from core.intents.understand import understand
from core.languages import speaking
from core.trips import CONSENT_VERSION, Plan
from tests import make

TODAY = make.NOW.date()

PROMISED = [
    ("en", "REG", Intent.REGISTER),
    ("en", "UPDATE", Intent.UPDATE),
    ("en", "END TRIP", Intent.END),
    ("en", "DELETE", Intent.DELETE),
    ("en", "MY DATA", Intent.MY_DATA),
    ("en", "LANGUAGE", Intent.LANGUAGE),
    ("it", "ISCRIVI", Intent.REGISTER),
    ("it", "AGGIORNA", Intent.UPDATE),
    ("it", "FINE VIAGGIO", Intent.END),
    ("it", "CANCELLA TUTTO", Intent.DELETE),
    ("it", "I MIEI DATI", Intent.MY_DATA),
    ("it", "LINGUA", Intent.LANGUAGE),
    ("es", "REGISTRAR", Intent.REGISTER),
    ("es", "CAMBIO", Intent.UPDATE),
    ("es", "FIN DEL VIAJE", Intent.END),
    ("es", "BORRAR TODO", Intent.DELETE),
    ("es", "MIS DATOS", Intent.MY_DATA),
    ("es", "IDIOMA", Intent.LANGUAGE),
    ("fr", "INSCRIRE", Intent.REGISTER),
    ("fr", "MODIFIER", Intent.UPDATE),
    ("fr", "FIN DU VOYAGE", Intent.END),
    ("fr", "EFFACER TOUT", Intent.DELETE),
    ("fr", "MES DONNEES", Intent.MY_DATA),
    ("fr", "LANGUE", Intent.LANGUAGE),
    ("ar", "تسجيل", Intent.REGISTER),
    ("ar", "تحديث", Intent.UPDATE),
    ("ar", "انتهت الرحلة", Intent.END),
    ("ar", "احذف كل شيء", Intent.DELETE),
    ("ar", "بياناتي", Intent.MY_DATA),
    ("ar", "اللغة", Intent.LANGUAGE),
    ("ar", "؟", Intent.HELP),
    *[
        (tag, word, intent)
        for tag in ("en", "it", "es", "fr", "ar")
        for word, intent in [("STOP", Intent.STOP), ("START", Intent.START), ("SOS", Intent.NEED_HELP)]
    ],
    *[(tag, "?", Intent.HELP) for tag in ("en", "it", "es", "fr")],
]


@pytest.mark.parametrize(("tag", "word", "intent"), PROMISED)
def test_what_we_tell_people_to_write_is_understood(tag: str, word: str, intent: Intent) -> None:
    assert understand(word, (tag,), TODAY).intent is intent


@pytest.mark.parametrize("tag", ["en", "it", "es", "fr", "ar"])
def test_the_instructions_name_the_words_of_their_language(tag: str) -> None:
    with speaking(tag):
        told = pgettext(
            "sms",
            "%(service)s. You can write UPDATE and the new dates or place, END TRIP, MY DATA, LANGUAGE, "
            "DELETE, STOP. In danger: SOS and where you are.",
        )
    for of, word, intent in PROMISED:
        if of == tag and intent not in {Intent.REGISTER, Intent.START, Intent.HELP}:
            assert word in told, word


def test_the_words_of_the_consent_and_their_version_change_together() -> None:
    plan = Plan("LY", "Tripoli", date(2026, 11, 25), date(2026, 12, 8), 2)
    with speaking("en"):
        asked = consent([plan], TODAY).text
    assert CONSENT_VERSION == "2026-11"
    assert asked.partition("\n")[2] == (
        "The crisis unit (Alongside) keeps your number and this trip, only to reach you in an emergency, "
        "until 10 Dec. Reply STOP or DELETE to end this at any time."
    )
