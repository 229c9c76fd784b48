"""The rows of a service under load: a check-in that is made before, and what became of it afterwards.

Runs in a process of its own with the service's settings and prints one JSON object.
"""

import json
import sys
from collections.abc import Mapping
from typing import Final

import django

django.setup()

from django.db import transaction  # noqa: E402 - the models need settings first
from django.utils import timezone  # noqa: E402

from bench import crowd  # noqa: E402
from bench.chaos import habit  # noqa: E402
from bench.numbers import number  # noqa: E402
from campaigns import launch as launching  # noqa: E402
from campaigns import tally  # noqa: E402
from campaigns.models import Campaign, Case, Recipient  # noqa: E402
from core.models import ContactPoint, Message  # noqa: E402
from core.privacy.index import blind_index  # noqa: E402

_TEXT: Final = "Are you safe? Reply 1 safe, 2 need help, 3 not there."


def register(people: int) -> Mapping[str, int]:
    """So many people with a trip."""
    with transaction.atomic():  # the purge runs meanwhile, and a person without a trip is deleted
        crowd.register(people, timezone.now())
    return {"people": people}


def launch(_nothing: int) -> Mapping[str, int]:
    """Ask them all, by night too."""
    campaign, approver = crowd.approved_check_in(_TEXT, timezone.now())
    Campaign.objects.filter(pk=campaign.pk).update(urgency=Campaign.Urgency.LIFE_SAVING)
    campaign.refresh_from_db()
    launching.launch(campaign, by=approver, now=timezone.now())
    return {"campaign": campaign.pk}


def breaches(campaign: int) -> Mapping[str, int]:
    """How often each promise was broken; the places of those who answered come on the standard input.

    `lost`: an answer given that is no text of the database; `unanswered`: one without our reply; `misread`:
    another answer than the phone gave, or one where it gave none; `without_case`: needs help, and no officer
    sees it; `left_out`: no recipient; `tally`: whether the board's figures are not those of the rows.
    """
    answered = set(json.load(sys.stdin))
    rows = Recipient.objects.filter(campaign=campaign).values_list("contact__number_index", "answer")
    given = {bytes(index): answer for index, answer in rows}
    expected = dict.fromkeys(given, "") | {
        blind_index(number(place)): habit(place).answer for place in answered
    }
    in_need = sum(answer == Recipient.Answer.NEEDS_HELP for answer in expected.values())
    heard = Message.objects.filter(direction=Message.Direction.IN, contact__recipients__campaign=campaign)
    cases = Case.objects.filter(campaign=campaign, reason=Case.Reason.NEEDS_HELP, state=Case.State.OPEN)
    shown = tally.recount(Campaign.objects.get(pk=campaign))
    return {
        "lost": len(answered) - heard.values("provider_sid").distinct().count(),
        "unanswered": heard.filter(reply=None).count(),
        "misread": sum(given.get(index) != answer for index, answer in expected.items()),
        "without_case": in_need - cases.values("contact").distinct().count(),
        "left_out": ContactPoint.objects.count() - len(given),
        "tally": int(not shown.agrees or shown.shown.answered != len(answered)),
    }


def undelivered(campaign: int) -> Mapping[str, int]:
    """Recipients and messages that do not show that their text has arrived."""
    recipients = Recipient.objects.filter(campaign=campaign).exclude(delivery="delivered")
    messages = Message.objects.filter(attempt__recipient__campaign=campaign).exclude(status="delivered")
    return {"recipients": recipients.count(), "messages": messages.count()}


def main() -> None:
    """Run the side named first with the number that follows."""
    sides = {"register": register, "launch": launch, "breaches": breaches, "undelivered": undelivered}
    print(json.dumps(sides[sys.argv[1]](int(sys.argv[2]))))


if __name__ == "__main__":
    main()
