from gettext import GNUTranslations
from pathlib import Path

import pytest

from config.catalogs import Texts

_CODE = """
from django.utils.translation import npgettext, pgettext


def greet(name: str, count: int) -> str:
    # Translators: 1 SMS segment, 160 GSM-7 characters.
    hello = pgettext("sms", "Hello %(name)s.")
    return hello + npgettext("sms", "%(count)d day", "%(count)d days", count)
"""
_TEMPLATE = """{% load i18n %}
<p>
      {% translate "Stop" context "console" %}
  {% blocktranslate trimmed context "console" count n=people %}
     {{ n }} person
  {% plural %}
     {{ n }} people
  {% endblocktranslate %}
</p>
"""


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    """A small checkout: one module, one template, Italian."""
    (tmp_path / "core/templates").mkdir(parents=True)
    (tmp_path / "core/greet.py").write_text(_CODE)
    (tmp_path / "core/templates/page.html").write_text(_TEMPLATE)
    for tag in ("en", "it"):
        (tmp_path / "locale" / tag).mkdir(parents=True)
        (tmp_path / "locale" / tag / "language.toml").touch()
    made = Texts(tmp_path)
    made.update()
    return made


def _translate(texts: Texts, **strings: str) -> None:
    """Fill the Italian catalog; texts not named are translated well."""
    words = {"hello": "Ciao %(name)s.", "day": "%(count)d giorno", "days": "%(count)d giorni", **strings}
    plural = 'msgstr[0] "{}"\nmsgstr[1] "{}"'
    po = texts.po("it")
    text = po.read_text()
    text = text.replace('"Hello %(name)s."\nmsgstr ""', f'"Hello %(name)s."\nmsgstr "{words["hello"]}"')
    text = text.replace('"Stop"\nmsgstr ""', '"Stop"\nmsgstr "Ferma"')
    days, people = text.split('msgid "%(n)s person"')
    days = days.replace(plural.format("", ""), plural.format(words["day"], words["days"]))
    people = people.replace(plural.format("", ""), plural.format("%(n)s persona", "%(n)s persone"))
    po.write_text(f'{days}msgid "%(n)s person"{people}')
    texts.update()  # as `make texts` does after a translator: the form of the file is ours


def test_code_and_templates_are_both_read_with_their_contexts(texts: Texts) -> None:
    found = {(message.context, message.id) for message in texts.extracted() if message.id}
    assert found == {
        ("sms", "Hello %(name)s."),
        ("sms", ("%(count)d day", "%(count)d days")),
        ("console", "Stop"),
        ("console", ("%(n)s person", "%(n)s people")),
    }


def test_a_complete_catalog_has_no_problems_and_is_compiled_once(texts: Texts) -> None:
    _translate(texts)
    assert list(texts.problems()) == []
    assert texts.compile() == ["it"]
    assert texts.compile() == []
    with texts.po("it").with_suffix(".mo").open("rb") as file:
        assert GNUTranslations(file).pgettext("console", "Stop") == "Ferma"


def test_what_is_not_translated_is_named(texts: Texts) -> None:
    assert 'it: "Stop": not translated' in texts.problems()


def test_a_placeholder_that_is_missing_in_a_translation_is_named(texts: Texts) -> None:
    _translate(texts, hello="Ciao.")
    assert list(texts.problems()) == ['it: "Hello %(name)s.": placeholders differ: name']


def test_a_plural_form_may_say_one_in_words(texts: Texts) -> None:
    _translate(texts, day="un giorno")
    assert list(texts.problems()) == []


def test_a_text_over_its_segments_is_named(texts: Texts) -> None:
    _translate(texts, hello="Ciao %(name)s, " + "x" * 150)
    assert list(texts.problems()) == ['it: "Hello %(name)s.": 2 segments, 1 allowed']


def test_a_script_outside_gsm7_gets_twice_the_segments(texts: Texts) -> None:
    _translate(texts, hello="Ciao %(name)s, " + "ш" * 100)
    assert list(texts.problems()) == []


def test_a_text_that_changed_in_the_code_asks_for_an_update(texts: Texts, tmp_path: Path) -> None:
    _translate(texts)
    (tmp_path / "core/greet.py").write_text(_CODE.replace("Hello", "Good day"))
    assert "run python -m config.catalogs --update" in next(texts.problems())
    texts.update()
    assert list(texts.problems()) == ['it: "Good day %(name)s.": not translated']
    assert "Hello" not in texts.po("it").read_text()
