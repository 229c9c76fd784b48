"""What a worker takes into its hands, and how often it goes to the database for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import batches
from campaigns.batches import Claim, Outcome
from campaigns.models import Attempt, Batch, Campaign, Recipient
from core import delivery
from core.models import Message
from tests import make

pytestmark = pytest.mark.django_db

_STATEMENTS = 11  # every lane of a worker waits for each of them


def claimed(campaign: Campaign) -> Claim:
    """The campaign's first batch in our hands."""
    claim = batches.claim(Batch.objects.filter(campaign=campaign), make.NOW)
    assert claim is not None
    return claim


@pytest.mark.parametrize("recipients", [1, 40])
def test_a_batch_of_any_size_is_claimed_in_few_statements(recipients: int) -> None:
    campaign = make.running_campaign(recipients=recipients)
    with CaptureQueriesContext(connection) as asked:
        claim = claimed(campaign)
    assert len(claim.items) == recipients
    assert len(asked) <= _STATEMENTS


def test_who_was_put_back_goes_again_under_the_same_token_beside_whoever_is_new() -> None:
    campaign = make.running_campaign(recipients=3)
    first = claimed(campaign)
    *back, gone = first.items
    delivery.accepted([(gone.message, "SM1")])
    batches.give_back(first, Outcome(unsent=[item.message for item in back]), make.NOW)
    Recipient.objects.create(campaign=campaign, batch_id=first.batch, contact=make.contact(), language="en")
    again = claimed(campaign)
    assert [(item.message, item.token, item.to) for item in again.items[:2]] == [
        (item.message, item.token, item.to) for item in back
    ]
    assert again.items[2].to not in {item.to for item in first.items}
    assert len({item.token for item in again.items}) == 3
    assert Attempt.objects.filter(recipient__batch=first.batch).count() == 4


def test_a_text_that_was_put_back_is_gone_once_its_recipient_has_answered() -> None:
    campaign = make.running_campaign(recipients=2)
    first = claimed(campaign)
    batches.give_back(first, Outcome(unsent=[item.message for item in first.items]), make.NOW)
    answered, silent = Recipient.objects.filter(campaign=campaign).order_by("pk")
    answered.answer = Recipient.Answer.SAFE
    answered.save()
    again = claimed(campaign)
    assert silent.contact
    assert [item.to for item in again.items] == [silent.contact.phone]
    assert Attempt.objects.get().recipient == silent
    assert list(Message.objects.values_list("pk", flat=True)) == [again.items[0].message]
