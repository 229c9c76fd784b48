"""Message catalogs without system tools: `python -m config.catalogs [--update | --check]`.

Without an option it compiles what changed. `--update` extracts every marked text from code and templates into
each language's django.po; `--check` says what keeps the catalogs from being complete and correct.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from channels_sms import segments

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("core", "channels_sms", "channels_voice", "campaigns", "console")
SOURCE_LANGUAGE: Final = "en"

_KEYWORDS: Final = {
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_COMMENT: Final = "Translators:"
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)")
_BUDGET: Final = re.compile(r"(\d+) SMS segments?")

# What stands where a text has a placeholder, about as long as it really gets.
_SAMPLES: Final[Mapping[str, int]] = {
    "place": 20,
    "country": 12,
    "dates": 15,
    "people": 9,
    "service": 10,
    "day": 6,
    "date": 6,
    "count": 3,
}
_SAMPLE_LENGTH: Final = 10


class Texts:
    """The catalogs of one checkout. `locale` holds one folder a language."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self.locale = root / "locale"

    def languages(self) -> tuple[str, ...]:
        """Every language our texts are translated into; the code is written in English."""
        found = sorted(self.locale.glob("*/language.toml"))
        spoken = [path.parent.name for path in found if tomllib.loads(path.read_text()).get("spoken", True)]
        return tuple(tag for tag in spoken if tag != SOURCE_LANGUAGE)

    def po(self, tag: str) -> Path:
        """The language's catalog."""
        return self.locale / tag / "LC_MESSAGES" / "django.po"

    def compile(self) -> Sequence[str]:
        """Write the .mo of each language whose .po is newer. Returns the languages that were compiled."""
        done = []
        for tag in self.languages():
            source = self.po(tag)
            target = source.with_suffix(".mo")
            if not source.exists() or _is_newer(target, source):
                continue
            compiled = BytesIO()
            write_mo(compiled, self.read(tag))
            target.write_bytes(compiled.getvalue())
            done.append(tag)
        return done

    def update(self) -> None:
        """Merge what the code says now into every catalog; what it no longer says is dropped."""
        template = self.extracted()
        for tag in self.languages():
            path = self.po(tag)
            path.parent.mkdir(exist_ok=True)
            path.write_text(self.merged(tag, template))

    def problems(self) -> Iterator[str]:
        """Everything that is missing or wrong, one line each."""
        template = self.extracted()
        yield from _over_budget(SOURCE_LANGUAGE, template)
        for tag in self.languages():
            path = self.po(tag)
            if not path.exists() or path.read_text() != self.merged(tag, template):
                yield f"{tag}: the code changed its texts; run python -m config.catalogs --update"
                continue
            catalog = self.read(tag)
            for message in catalog:
                if message.id:
                    yield from (f"{tag}: {_excerpt(message)}: {what}" for what in _mistakes(message, catalog))
            yield from _over_budget(tag, catalog)

    def read(self, tag: str) -> Catalog:
        """The language's catalog as it is; empty when there is none yet."""
        path = self.po(tag)
        if not path.exists():
            return Catalog(locale=tag.replace("-", "_"))
        with path.open("rb") as file:
            return read_po(file, locale=tag.replace("-", "_"))

    def merged(self, tag: str, template: Catalog) -> str:
        """The catalog as it should be written: the code's texts, the language's translations."""
        catalog = self.read(tag)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        return _written(tag, catalog)

    def extracted(self) -> Catalog:
        """Every marked text of the code and the templates."""
        template = Catalog()
        for path in self._sources():
            source = path.read_text()
            if path.suffix == ".html":
                # Only the calls are left of a template; its indentation would confuse the tokenizer.
                source = "\n".join(line.lstrip() for line in templatize(source).splitlines())
            found = extract(
                "python", BytesIO(source.encode()), _KEYWORDS, [_COMMENT], strip_comment_tags=False
            )
            for line, message, comments, context in found:
                place = (str(path.relative_to(self._root)), line)
                template.add(message, locations=[place], auto_comments=comments, context=context)
        return template

    def _sources(self) -> Iterator[Path]:
        for package in PACKAGES:
            for path in sorted((self._root / package).rglob("*")):
                if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
                    yield path


def _is_newer(target: Path, source: Path) -> bool:
    return target.exists() and target.stat().st_mtime >= source.stat().st_mtime


def _written(tag: str, catalog: Catalog) -> str:
    body = BytesIO()
    write_po(body, catalog, width=100, omit_header=True, include_lineno=False, sort_by_file=True)
    return _header(tag, catalog) + body.getvalue().decode()


def _header(tag: str, catalog: Catalog) -> str:
    """A header without dates and versions, so that nothing changes by itself."""
    lines = (
        f"Language: {tag}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalog.plural_forms}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines) + "\n"


def _mistakes(message: Message, catalog: Catalog) -> Iterator[str]:
    forms = _forms(message.string)
    if not all(forms):
        yield "not translated"
        return
    if message.fuzzy:
        yield "marked fuzzy"
    yield from (str(error) for error in message.check(catalog))
    known = set(_PLACEHOLDER.findall("".join(_forms(message.id))))
    used = set(_PLACEHOLDER.findall("".join(forms)))
    if used != known:
        yield f"placeholders differ: {', '.join(sorted(used ^ known))}"


def _over_budget(tag: str, catalog: Catalog) -> Iterator[str]:
    """Texts that cost more segments than their translator comment allows.

    A script outside GSM-7 has less than half the room, and gets twice the segments.
    """
    for message in catalog:
        budget = _BUDGET.search(" ".join(message.auto_comments))
        if message.context != "sms" or budget is None:
            continue
        for form in _forms(message.id if tag == SOURCE_LANGUAGE else message.string):
            cost = segments.count(_filled(form))
            allowed = int(budget[1]) * (1 if cost.encoding is segments.Encoding.GSM_7 else 2)
            if cost.segments > allowed:
                yield f"{tag}: {_excerpt(message)}: {cost.segments} segments, {allowed} allowed"


def _filled(text: str) -> str:
    """The text with samples for its placeholders."""
    plain = re.sub(r"%\((\w+)\)[sd]", lambda match: "x" * _SAMPLES.get(match[1], _SAMPLE_LENGTH), text)
    return plain.replace("%%", "%")


def _forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _excerpt(message: Message) -> str:
    return f'"{" ".join(_forms(message.id)[0].split())[:50]}"'


def main(arguments: Sequence[str]) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.catalogs", description=__doc__)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--update", action="store_true", help="extract texts into every django.po")
    action.add_argument("--check", action="store_true", help="say what is missing or wrong")
    options = parser.parse_args(arguments)
    texts = Texts()
    if options.update:
        texts.update()
    if options.check:
        problems = list(texts.problems())
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        return 1 if problems else 0
    texts.compile()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
