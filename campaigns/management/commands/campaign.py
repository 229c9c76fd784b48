"""`manage.py campaign …`: what officers do with campaigns, by the same functions and rules as the console."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from campaigns import collecting, correction, following, ladder, launch, pace, progress, tally, templates
from campaigns.audience import Answered, Audience, Near, Reach, Within
from campaigns.cap import intake, reading
from campaigns.cap.export import as_cap
from campaigns.cap.proposal import remarks
from campaigns.models import Campaign, OfficialAlert
from campaigns.preview import preview
from campaigns.templates import Template
from core import places
from core.areas import areas_of, name_of_area
from core.models import Officer

_MOVES: Final[Mapping[str, Callable[[Campaign, Officer, datetime], object]]] = {
    "submit": lambda campaign, by, now: launch.submit(campaign, by=by, now=now),
    "pause": lambda campaign, by, now: launch.pause(campaign, by=by, now=now),
    "resume": lambda campaign, by, now: launch.resume(campaign, by=by, now=now),
    "stop": lambda campaign, by, now: launch.stop(campaign, by=by, now=now),
    "correct": lambda campaign, by, now: correction.correct(campaign, by=by, now=now),
}

_COUNTED: Final = frozenset({"approve", "launch"})

_HELP: Final[Mapping[str, str]] = {
    "submit": "ask another officer for approval",
    "approve": "approve what somebody else wrote and submitted",
    "launch": "freeze the audience and start sending",
    "pause": "hold the sending",
    "resume": "go on after a pause",
    "stop": "end the sending for good",
    "correct": "stop it and tell everybody who got it to ignore it",
    "show": "print the campaign with its tally",
    "recount": "count anew, message by message, and prove that its tally says the same",
}

_OBSERVES: Final = frozenset({"show", "recount"})

_REFUSALS: Final[Mapping[str, str]] = {
    "not_allowed": "this officer's role may not do that (%(detail)s)",
    "wrong_state": "the campaign is %(detail)s, so this cannot be done now",
    "same_person": "who wrote or submitted a campaign cannot approve it; ask another approver",
    "nobody_to_reach": "nobody would get it: the audience has no phone that can be texted",
    "nobody_to_tell": "nobody got it, so nobody is told anything; it is stopped",
    "too_many": "it is for %(detail)s people now, more than three times the last count: find out why, "
    "then say --count %(detail)s",
    "asked_recently": "campaign %(detail)s asked the same country within six hours: "
    "if it is to be asked again all the same, say --again",
    "text_missing": "there is no text in %(detail)s, which everybody without a text of their own would get",
    "too_late": "the moment after which nothing of it is sent has passed; send it back and choose another",
    "reason_missing": "say why it goes back",
    "unanswered": "what asks for no answer is sent once, as a text: to repeat it or to call people, say "
    "--acknowledge, or leave out --ladder",
    "wrong_draft": "cannot be right: %(detail)s",
    "alert_expired": "the alert is kept, and becomes no draft: it expired at %(detail)s",
    "undecided": "the alert is kept, and is no draft yet: %(detail)s (area: say --country; scope: say "
    "--permitted if it may be used; nothing_earlier: it withdraws nothing that was sent)",
}


class Command(BaseCommand):
    """One subcommand for each thing an officer does."""

    help = "Make, approve, launch, stop and recount campaigns; prints the campaign with its tally."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the subcommands."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="write a draft")
        create.add_argument(
            "--kind", choices=Campaign.Kind.values, help="default: the template's, else check-in"
        )
        create.add_argument(
            "--title", help="in the lists of the console (default: the kind and the countries)"
        )
        create.add_argument("--country", action="append", required=True, metavar="CC")
        _whom(create)
        _written(create)
        create.add_argument(
            "--urgency",
            choices=[urgency.name.lower().replace("_", "-") for urgency in Campaign.Urgency],
            default="normal",
            help="what goes first on a sender's line",
        )
        create.add_argument(
            "--acknowledge", action="store_true", help="an alert asks for a 4 from who read it"
        )
        create.add_argument(
            "--not-after",
            type=datetime.fromisoformat,
            metavar="TIME",
            help="nothing is sent after it: an ISO time with its offset (default: 24 hours after the launch)",
        )
        create.add_argument(
            "--ladder",
            help='what follows for the silent, with the minutes before it: "text 30, call 30 x2, contact 30, '
            'list 15" (also "other": a text from another number), or the rows as JSON; default: the usual',
        )
        create.add_argument("--drill", action="store_true", help="mark it, and every text of it, as a drill")
        _common(create, acts=True)
        _follow_arguments(verbs.add_parser("follow", help="write an update to a campaign, or its all-clear"))
        _alerts(verbs.add_parser("import", help="make a draft of an official alert (CAP 1.2)"))
        export = verbs.add_parser("export", help="print the campaign as an official alert (CAP 1.2)")
        export.add_argument("id", type=int)
        for verb, words in _HELP.items():
            other = verbs.add_parser(verb, help=words)
            other.add_argument("id", type=int)
            if verb in _COUNTED:
                other.add_argument("--count", type=int, metavar="N", help="the people you expect it is for")
            if verb == "launch":
                other.add_argument(
                    "--again", action="store_true", help="though it was asked within six hours"
                )
            _common(other, acts=verb not in _OBSERVES)

    def handle(self, *_args: object, **options: object) -> None:
        """Do it as that officer and print the campaign; a refusal is one line on stderr and exit code 1."""
        given = Namespace(**options)
        now = timezone.now()
        if given.verb == "export":
            self.stdout.write(as_cap(_campaign(given.id), now).decode())
            return
        try:
            campaign = _MADE[given.verb](given, now) if given.verb in _MADE else _act(given, now)
        except launch.Refusal as refusal:
            said = _REFUSALS.get(refusal.detail) or _REFUSALS[refusal.code]
            raise CommandError(said % {"detail": refusal.detail}) from None
        facts, agrees = _facts(campaign, now), True
        if given.verb == "recount":
            risen = progress.catch_up_with_all(campaign, now)
            again = tally.recount(campaign)
            agrees = again.agrees
            if not again.kept:
                tally.rebuild(campaign)
            facts |= {"risen": risen, "tally": asdict(again.shown), "counted": asdict(again.counted)}
        self.stdout.write(json.dumps(facts, ensure_ascii=False) if given.json else _lines(facts))
        if not agrees:
            raise CommandError("the tally was not what its messages say; it is what its recipients say now")


def _follow_arguments(follow: ArgumentParser) -> None:
    follow.add_argument("id", type=int)
    follow.add_argument("--what", choices=Campaign.FollowUp.values, default=Campaign.FollowUp.UPDATE.value)
    follow.add_argument("--same-people", action="store_true", help="exactly those who got it, no newcomers")
    follow.add_argument("--spare-safe", action="store_true", help="not who said that they are safe")
    follow.add_argument("--text", action="append", required=True, metavar="LANG=TEXT")
    _common(follow, acts=True)


def _written(create: ArgumentParser) -> None:
    """The words."""
    create.add_argument(
        "--template",
        choices=list(Template),
        help="prepared texts in every language; --text takes their place",
    )
    create.add_argument("--text", action="append", default=[], metavar="LANG=TEXT")
    create.add_argument(
        "--correction", action="append", default=[], metavar="LANG=TEXT", help="should it turn out an error"
    )


def _whom(create: ArgumentParser) -> None:
    """The parts of an audience beside its countries."""
    create.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="who is there on that day")
    create.add_argument("--not-there", action="store_true", help="without those who are there")
    create.add_argument("--arriving", type=int, default=0, metavar="HOURS", help="who arrives within")
    create.add_argument("--left", type=int, default=0, metavar="HOURS", help="who left within")
    create.add_argument("--near", metavar="CITY:KM", help="only that far around a city")
    create.add_argument(
        "--area", action="append", default=[], metavar="CC:CODE", help="of that country only this area: LY:69"
    )
    create.add_argument(
        "--placed-only",
        action="store_true",
        help="with --near and --area: not who may be elsewhere because they named no city",
    )
    create.add_argument("--language", action="append", default=[], metavar="LANG", help="only who uses it")
    create.add_argument("--party", type=int, default=1, metavar="N", help="only so many together")
    create.add_argument("--reach", choices=[one.value for one in Reach if one], default="", help="only by")
    create.add_argument("--asked", metavar="ID:ANSWERS", help="who said so: safe,needs_help,silent")
    create.add_argument("--spare", metavar="ID:ANSWERS", help="not who said so")
    create.add_argument("--numbers", type=int, metavar="LIST", help="the numbers of a list")


def _audience(given: Namespace) -> Audience:
    return Audience(
        countries=tuple(dict.fromkeys(code.upper() for code in given.country)),
        on=given.on,
        languages=tuple(given.language),
        here=not given.not_there,
        arriving=given.arriving,
        left=given.left,
        near=_near(given),
        within=_within(given),
        party=given.party,
        reach=Reach(given.reach),
        asked=_answered(given.asked),
        numbers=given.numbers,
        spared=_answered(given.spare),
    )


def _near(given: Namespace) -> Near | None:
    if not given.near:
        return None
    city, _, km = given.near.rpartition(":")
    found = places.find_city(city, [code.upper() for code in given.country])
    if found is None or not km.isdecimal():
        raise CommandError("--near is written CITY:KM, with a city of the countries, for example Derna:50")
    return Near(*found, km=int(km), unknown=not given.placed_only)


def _within(given: Namespace) -> Within | None:
    chosen = []
    for key in given.area:
        country = key.strip()[:2].upper()
        known = areas_of(country)
        area = next((one for one in known if one.key == key.strip().upper().replace(":", ".")), None)
        if area is None:
            offered = "\n".join(f"{country}:{one.code} {name_of_area(one, 'en')}" for one in known)
            raise CommandError(f"--area is written CC:CODE, for example LY:69. There are:\n{offered or '-'}")
        chosen.append(area)
    return Within(tuple(dict.fromkeys(chosen)), unknown=not given.placed_only) if chosen else None


def _answered(said: str | None) -> Answered | None:
    if not said:
        return None
    campaign, _, answers = said.partition(":")
    if not campaign.isdecimal() or not answers:
        raise CommandError("answers are written ID:ANSWERS, for example 12:safe,silent")
    return Answered(int(campaign), tuple("" if one == "silent" else one for one in answers.split(",")))


def _common(parser: ArgumentParser, *, acts: bool) -> None:
    if acts:
        parser.add_argument("--as", dest="officer", required=True, metavar="USER", help="who does it")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _create(given: Namespace, now: datetime) -> Campaign:
    audience = _audience(given)
    template = Template(given.template) if given.template else None
    if template is None and not given.text:
        raise CommandError("say --text LANG=TEXT, or choose a --template")
    prepared = templates.texts(template, audience) if template else {}
    kind = Campaign.Kind(given.kind or (template.kind if template else Campaign.Kind.CHECK_IN))
    draft = launch.Draft(
        title=given.title or f"{kind.label} {', '.join(given.country)}",
        kind=kind,
        audience=audience,
        texts={**prepared, **dict(_text(pair) for pair in given.text)},
        template=template or "",
        correction=dict(_text(pair) for pair in given.correction),
        drill=given.drill,
        ladder=_ladder(given.ladder),
        urgency=Campaign.Urgency[given.urgency.replace("-", "_").upper()],
        acknowledge=given.acknowledge,
        not_after=_moment(given.not_after),
    )
    return launch.create(draft, by=_officer(given.officer), now=now)


def _follow(given: Namespace, now: datetime) -> Campaign:
    how = following.Follow(
        Campaign.FollowUp(given.what), newcomers=not given.same_people, spare_safe=given.spare_safe
    )
    texts = dict(_text(pair) for pair in given.text)
    return following.follow(_campaign(given.id), how, by=_officer(given.officer), now=now, texts=texts)


def _alerts(parser: ArgumentParser) -> None:
    """The arguments of `import`."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--country", action="append", default=[], metavar="CC", help="where it is, if unsaid")
    parser.add_argument("--permitted", action="store_true", help="it is not public, and may be used")
    _common(parser, acts=True)


def _import(given: Namespace, now: datetime) -> Campaign:
    by = _officer(given.officer)
    try:
        with given.file.open("rb") as file:
            row = intake.keep(file.read(reading.LARGEST + 1), by=by, source="", now=now)
    except OSError as error:
        raise CommandError(f"{given.file}: {error.strerror}") from None
    except reading.Unusable as unusable:
        raise CommandError(f"nothing was kept: {unusable}") from None
    countries = tuple(dict.fromkeys(code.upper() for code in given.country))
    return intake.draft(row, intake.Decision(countries, given.permitted), by=by, now=now)


_MADE: Final[Mapping[str, Callable[[Namespace, datetime], Campaign]]] = {
    "create": _create,
    "follow": _follow,
    "import": _import,
}


def _moment(given: datetime | None) -> datetime | None:
    if given is not None and given.tzinfo is None:
        raise CommandError("--not-after needs an offset, for example 2026-11-25T18:00+00:00")
    return given


def _ladder(written: str | None) -> ladder.Ladder | None:
    try:
        return ladder.parse(written) if written else None
    except ValueError as error:
        raise CommandError(
            f"--ladder cannot be used ({error}): at most {ladder.MOST_REMINDERS} texts and calls, each 5 "
            "minutes to 12 hours after the step before; contact once, after one of them; list last; all "
            "within 24 hours"
        ) from error


def _text(pair: str) -> tuple[str, str]:
    language, sign, text = pair.partition("=")
    if not sign or not text.strip():
        raise CommandError("a text is written LANG=TEXT, for example en='Are you safe?'")
    return language.strip(), text


def _act(given: Namespace, now: datetime) -> Campaign:
    campaign = _campaign(given.id)
    if given.verb in _OBSERVES:
        return campaign
    if given.verb == "approve":
        launch.approve(campaign, by=_officer(given.officer), now=now, typed=given.count)
        return campaign
    if given.verb == "launch":
        by = _officer(given.officer)
        launch.launch(campaign, by=by, now=now, typed=given.count, again=given.again)
        return campaign
    answer = _MOVES[given.verb](campaign, _officer(given.officer), now)
    return answer if isinstance(answer, Campaign) else campaign


def _campaign(number: int) -> Campaign:
    campaign = Campaign.objects.filter(pk=number).first()
    if campaign is None:
        raise CommandError(f"there is no campaign {number}")
    return campaign


def _officer(name: str) -> Officer:
    officer = Officer.objects.filter(username=name, is_active=True).first()
    if officer is None:
        raise CommandError(f"there is no active officer {name!r}; make one with manage.py officer create")
    return officer


def _facts(campaign: Campaign, now: datetime) -> dict[str, object]:
    facts: dict[str, object] = {
        "id": campaign.pk,
        "title": campaign.title,
        "kind": campaign.kind,
        "acknowledge": campaign.acknowledge,
        "state": campaign.state,
        "drill": campaign.drill,
        "expired": campaign.expired,
        "not_after": campaign.not_after.isoformat() if campaign.not_after else None,
        "urgency": Campaign.Urgency(campaign.urgency).name.lower().replace("_", "-"),
        "ladder": list(ladder.of(campaign).as_json()),
        "audience": campaign.audience,
        "audience_in_words": Audience.from_json(campaign.audience).in_words(),
        "author": campaign.author.username,
        "approver": campaign.approver.username if campaign.approver else None,
        "corrects": campaign.corrects_id,
        "follows": campaign.follows_id,
        "follow_up": campaign.follow_up or None,
        "left_out": campaign.left_out,
        "to_come": collecting.to_come(campaign),
        "tally": asdict(tally.of(campaign)),
    }
    if alert := OfficialAlert.objects.filter(campaign=campaign).first():
        facts["official_alert"] = _understood(alert, now)
    if campaign.launched_at is None:
        shown = preview(campaign, now)
        span = pace.span(campaign, shown, now)
        facts["left_out"] = shown.left_out
        facts["preview"] = {
            "people": shown.total,
            "by_language": shown.by_language,
            "by_channel": shown.by_channel,
            "by_place": [asdict(place) for place in shown.places[:20]],
            "segments": shown.segments,
            "seconds": round(shown.seconds, 1),
            "seconds_of_all_steps": round(span.takes, 1),
            "seconds_it_lasts": round(span.lasts, 1),
            "ends_too_early": span.is_too_long,
        }
    return facts


def _understood(alert: OfficialAlert, now: datetime) -> Mapping[str, object]:
    """What was understood of the alert that the campaign was made of, and what was not."""
    understood = intake.understand(alert, now)
    proposal = understood.proposal
    return {
        "sender": alert.sender,
        "identifier": alert.identifier,
        "sent": alert.sent.isoformat(),
        "valid_until": proposal.until.isoformat() if proposal.until else None,
        "signature": alert.signature,
        "areas": [asdict(one) for one in proposal.where.found],
        "to_look_at": list(remarks(proposal)),
        "languages_not_spoken": list(proposal.unspoken),
        "shortened": list(proposal.shortened),
        "not_read": list(understood.alert.ignored),
    }


def _lines(facts: Mapping[str, object]) -> str:
    return "\n".join(f"{name + ':':12}{_words(value)}" for name, value in facts.items())


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return "  ".join(f"{name} {_words(inner)}" for name, inner in value.items()) or "-"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
