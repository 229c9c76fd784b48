"""The rows of a service under chaos: made before, and compared afterwards with what the provider accepted.

Runs in a process of its own with the service's settings and prints one JSON object.
"""

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final, TypedDict

import django

django.setup()

from django.db import transaction  # noqa: E402 - the models need settings first
from django.utils import timezone  # noqa: E402

from bench import chaos, crowd  # noqa: E402
from bench.numbers import number  # noqa: E402
from campaigns import launch as launching  # noqa: E402
from campaigns import progress, tally  # noqa: E402
from campaigns.ladder import Ladder, Step, Way  # noqa: E402
from campaigns.models import Attempt, Campaign, Case, Recipient  # noqa: E402
from core import polling  # noqa: E402
from core.models import ContactPoint  # noqa: E402
from core.privacy.index import blind_index  # noqa: E402
from telephony.messages import Channel, DeliveryStatus  # noqa: E402

_TEXT: Final = "Are you safe? Reply 1 safe, 2 need help, 3 not there."
_SHORT: Final = Ladder(
    (
        Step(Way.TEXT, timedelta()),
        Step(Way.TEXT, timedelta(minutes=1)),
        Step(Way.LIST, timedelta(minutes=1)),
    )
)


class Accepted(TypedDict):
    """A line of the twin's log, of which this is used."""

    to: str
    token: str


def launch(people: int) -> Mapping[str, int]:
    """Register so many people and ask them all, again after a minute; then they are the officers'."""
    now = timezone.now()
    with transaction.atomic():  # the purge runs meanwhile, and a person without a trip is deleted
        crowd.register(people, now)
    campaign, approver = crowd.approved_check_in(_TEXT, now)
    # Nobody sleeps through it, and nobody waits for the usual ten minutes.
    Campaign.objects.filter(pk=campaign.pk).update(
        urgency=Campaign.Urgency.LIFE_SAVING, ladder=list(_SHORT.as_json())
    )
    campaign.refresh_from_db()
    launching.launch(campaign, by=approver, now=timezone.now())
    return {"campaign": campaign.pk}


def settle(campaign: int) -> Mapping[str, int]:
    """Ask about what stands still, as the service itself does some minutes from now; how many have risen."""
    later = timezone.now() + polling.STUCK_AFTER
    risen = polling.poll(clock=lambda: later)
    progress.catch_up(later, since=later - timedelta(days=1))
    return {"risen": risen, "campaign": campaign}


def breaches(campaign: int) -> Mapping[str, int]:
    """How often each promise was broken; the log of accepted texts comes on the standard input."""
    log: Sequence[Accepted] = json.load(sys.stdin)
    places = _places(campaign)
    return {**_of_texts(campaign, log, places), **_of_answers(campaign, places), **_of_counts(campaign)}


def _places(campaign: int) -> Mapping[int, int]:
    """Each recipient's place among the people."""
    people = ContactPoint.objects.count()
    by_index = {blind_index(number(place)): place for place in range(people)}
    rows = Recipient.objects.filter(campaign=campaign).values_list("pk", "contact__number_index")
    return {pk: by_index[bytes(index)] for pk, index in rows}


def _of_texts(campaign: int, log: Sequence[Accepted], places: Mapping[int, int]) -> Mapping[str, int]:
    """`left_out`: a person who is no recipient; `unknown`: accepted, and not an attempt of ours; `astray`: to
    somebody else's phone; `twice`: one step, two texts; `lost`: anybody without the first text, or listed for
    the officers without the second; `behind`: silent, and not on their list; `unsettled`: an attempt without
    the provider's name.
    """
    attempts = Attempt.objects.filter(recipient__campaign=campaign, channel=Channel.SMS)
    rows = attempts.values_list("message__token", "recipient", "step")
    known = {str(token): (recipient, step) for token, recipient, step in rows}
    sent: Counter[tuple[int, int]] = Counter()
    unknown = astray = 0
    for line in log:
        if line["token"] not in known:
            unknown += 1
            continue
        recipient, step = known[line["token"]]
        sent[recipient, step] += 1
        astray += line["to"] != number(places[recipient]).e164
    silent = _silent(campaign, places)
    return {
        "left_out": ContactPoint.objects.count() - len(places),
        "unknown": unknown,
        "astray": astray,
        "twice": sum(count > 1 for count in sent.values()),
        "lost": sum((pk, 1) not in sent for pk in places)
        + sum(step == len(_SHORT.rungs) and (pk, 2) not in sent for pk, step in silent.items()),
        "behind": sum(step < len(_SHORT.rungs) for step in silent.values()),
        "unsettled": attempts.filter(message__provider_sid=None).count(),
    }


def _silent(campaign: int, places: Mapping[int, int]) -> Mapping[int, int]:
    """The step on which each recipient stands who never answers."""
    steps = dict(Recipient.objects.filter(campaign=campaign).values_list("pk", "step"))
    return {pk: steps[pk] for pk, place in places.items() if chaos.habit(place) == chaos.SILENT}


def _of_answers(campaign: int, places: Mapping[int, int]) -> Mapping[str, int]:
    """`misread`: another answer than the phone gave; `without_case`: needs help, or was silent to the end,
    and no officer sees it as that; `cases_twice`: two open cases of one phone.
    """
    given = dict(Recipient.objects.filter(campaign=campaign).values_list("pk", "answer"))
    phones = dict(Recipient.objects.filter(campaign=campaign).values_list("pk", "contact"))
    reasons: dict[int, list[str]] = defaultdict(list)
    open_cases = Case.objects.exclude(state=Case.State.CLOSED).values_list("contact", "reason")
    for contact, reason in open_cases:
        reasons[contact or 0].append(reason)
    expected = {pk: chaos.habit(place).answer for pk, place in places.items()}
    listed = {pk for pk, step in _silent(campaign, places).items() if step == len(_SHORT.rungs)}
    wanted = dict.fromkeys(listed, Case.Reason.SILENT) | {
        pk: Case.Reason.NEEDS_HELP for pk, answer in expected.items() if answer == "needs_help"
    }
    return {
        "misread": sum(given[pk] != answer for pk, answer in expected.items()),
        "without_case": sum(reason not in reasons[phones[pk] or 0] for pk, reason in wanted.items()),
        "cases_twice": sum(len(found) > 1 for found in reasons.values()),
    }


def _of_counts(campaign: int) -> Mapping[str, int]:
    """`undelivered`: the provider brought every text, and these recipients do not show it; `tally`: figures
    that differ from the rows counted one by one.
    """
    rows = list(Recipient.objects.filter(campaign=campaign).values_list("delivery", "answer"))
    shown = tally.of(Campaign.objects.get(pk=campaign))
    plain = tally.counted((delivery, answer, 1) for delivery, answer in rows)
    return {
        "undelivered": sum(delivery != DeliveryStatus.DELIVERED for delivery, _ in rows),
        "tally": sum(asdict(shown)[name] != figure for name, figure in asdict(plain).items()),
    }


def main() -> None:
    """Run the side named first with the number that follows."""
    name, given = sys.argv[1], int(sys.argv[2])
    print(json.dumps({"launch": launch, "settle": settle, "breaches": breaches}[name](given)))


if __name__ == "__main__":
    main()
