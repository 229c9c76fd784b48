"""What tests do to a running service's rows, and see of them: a line of JSON asks, a line answers.

Run by tests.backstage with the service's settings. Where time has to pass, it is told the later time.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 - the models need settings first
from django.db import transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from bench import crowd  # noqa: E402
from campaigns import batches, correction, jobs, launch, rerouting  # noqa: E402
from campaigns.audience import Audience  # noqa: E402
from campaigns.models import Attempt, Batch, Campaign  # noqa: E402
from core import breaker, polling, sender_health  # noqa: E402
from core.models import Message, Officer, SenderHealth  # noqa: E402
from core.officers import Role  # noqa: E402
from telephony.health import GUARD, WEIGHTS  # noqa: E402
from telephony.messages import DeliveryStatus  # noqa: E402

Answer = Mapping[str, float]


def register(people: int) -> Answer:
    """So many people who are in Libya, in English."""
    with transaction.atomic():  # the purge runs meanwhile, and a person without a trip is deleted
        crowd.register(people, timezone.now())
    return {}


def send(urgency: str) -> Answer:
    """Launch an alert of that urgency for all of them; `at`: when it was launched."""
    author, approver = _officer(Role.AUTHOR), _officer(Role.APPROVER)
    draft = launch.Draft(
        f"Alert {Campaign.objects.count()}",
        Campaign.Kind.ALERT,
        Audience(("LY",)),
        {"en": "Roads are closed."},
        urgency=Campaign.Urgency[urgency.upper()],
    )
    now = timezone.now()
    campaign = launch.create(draft, by=author, now=now)
    launch.submit(campaign, by=author, now=now)
    launch.approve(campaign, by=approver, now=now)
    launch.launch(campaign, by=approver, now=timezone.now())
    return {"campaign": campaign.pk, "at": _seconds()}


def pause(campaign: int) -> Answer:
    """Pause it; `at`: when that was done."""
    launch.pause(_campaign(campaign), by=_officer(Role.APPROVER), now=timezone.now())
    return {"at": _seconds()}


def resume(campaign: int) -> Answer:
    """Go on."""
    launch.resume(_campaign(campaign), by=_officer(Role.APPROVER), now=timezone.now())
    return {}


def correct(campaign: int) -> Answer:
    """Withdraw it; `at`: when that was done, `correction`: the campaign that says so."""
    made = correction.correct(_campaign(campaign), by=_officer(Role.APPROVER), now=timezone.now())
    return {"correction": made.pk, "at": _seconds()}


def late(campaign: int) -> Answer:
    """Its time is over."""
    Campaign.objects.filter(pk=campaign).update(not_after=timezone.now())
    return {}


def sweep() -> Answer:
    """What the scheduler does each minute."""
    jobs.sweep()
    return {}


def review(guards: int) -> Answer:
    """Look at the senders as so many guard times from now; which step each is at, by its place."""
    now = timezone.now()
    for number in range(1, guards + 1):
        sender_health.review(now + number * (GUARD + timedelta(seconds=1)))
    if not guards:
        sender_health.review(now)
    rerouting.reroute(now)
    steps = dict(SenderHealth.objects.values_list("sender", "step"))
    return {str(place): steps.get(one.id, len(WEIGHTS) - 1) for place, one in enumerate(settings.SENDERS)}


def forget_senders() -> Answer:
    """As if all that was sent so far had been sent an hour before."""
    Message.objects.update(created_at=F("created_at") - timedelta(hours=1))
    SenderHealth.objects.all().delete()
    return {}


def end_leases() -> Answer:
    """The minute has passed for which a doubt is left alone; the scheduler notices now. How many were."""
    doubts = Batch.objects.filter(state=Batch.State.CLAIMED).update(leased_until=timezone.now())
    batches.wake(timezone.now())
    return {"doubts": doubts}


def poll() -> Answer:
    """Ask about what stands still, as the service does ten minutes from now; `risen`: how many have."""
    later = timezone.now() + polling.STUCK_AFTER
    return {"risen": polling.poll(clock=lambda: later)}


def standing(campaign: int) -> Answer:
    """Its messages by status; `open`: those not at an end, `nameless`: those without the provider's name.

    `refused`: those of them of which it is known why.
    """
    rows = Message.objects.filter(attempt__recipient__campaign=campaign)
    ends = [status for status in DeliveryStatus if status.is_final]
    by_status = {str(status): rows.filter(status=status).count() for status in DeliveryStatus}
    return {
        "open": rows.exclude(status__in=ends).count(),
        "nameless": rows.filter(provider_sid=None).count(),
        "refused": rows.filter(provider_sid=None, error_code__isnull=False).count(),
        "done": Campaign.objects.filter(pk=campaign, state=Campaign.State.DONE).count(),
        **by_status,
    }


def tokens(campaign: int) -> Mapping[str, int]:
    """The recipient of each of its texts, by the text's token."""
    rows = Attempt.objects.filter(recipient__campaign=campaign)
    return {str(token): person for token, person in rows.values_list("message__token", "recipient__contact")}


def refusal() -> Answer:
    """`code`: with which the provider refuses our account, 0 for none; `shown`: on the console's pages."""
    found = breaker.opened()
    code = found.code if found else 0
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(_officer(Role.AUTHOR))
    page = client.get(reverse("console:campaigns")).content.decode()
    return {"code": code, "shown": bool(code) and str(code) in page}


def knock() -> Answer:
    """Ask whether the account is let in, as the service does when that is due; `in`: whether it is."""
    found = breaker.opened()
    let_in = found is not None and breaker.probe(found.probe_at)
    batches.wake(timezone.now())
    return {"in": let_in}


def _campaign(key: int) -> Campaign:
    return Campaign.objects.get(pk=key)


def _officer(role: Role) -> Officer:
    found = Officer.objects.filter(username=role.value).first()
    return found or Officer.objects.create_user(role.value, role=role.value, must_change_password=False)


def _seconds() -> float:
    return timezone.now().timestamp()


_SIDES: Mapping[str, Callable[..., Mapping[str, float]]] = {
    side.__name__: side
    for side in (
        *(register, send, pause, resume, correct, late, sweep, review, forget_senders, end_leases),
        *(poll, standing, tokens, refusal, knock),
    )
}


def main() -> None:
    """Answer until nobody asks."""
    for line in sys.stdin:
        name, *given = json.loads(line)
        sys.stdout.write(json.dumps(_SIDES[name](*given)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
