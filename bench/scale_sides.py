"""What the benchmark of scale does to the database; imported once the settings stand."""

from datetime import date, datetime, timedelta
from http.client import OK
from typing import Final

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bench import crowd
from campaigns import collecting, tally
from campaigns import launch as launching
from campaigns import preview as previewing
from campaigns.models import Campaign, Recipient
from console import board
from core import places
from core.models import ContactPoint, Officer
from core.privacy import retention
from core.privacy.fields import encrypt
from telephony.numbers import synthetic

NOW: Final = timezone.now()

# Fields are encrypted once and repeated: nothing here decrypts them. The columns that triggers keep beside
# each trip are written with it: a trigger a row would take longer than all that is measured.
_FILL: Final = """
INSERT INTO core_person (id, name, created_at) SELECT n, '', %(now)s FROM generate_series(1, %(people)s) n;
INSERT INTO core_contactpoint
    (person_id, number_index, number, region, language, language_chosen, last_seen_at)
SELECT n, sha256(n::text::bytea), %(number)s, (ARRAY['IT', 'FR', 'EG', ''])[n %% 4 + 1],
       (ARRAY['en', 'it', 'es', 'fr', 'ar', 'bn', 'fil'])[n %% 7 + 1], FALSE, %(now)s
FROM generate_series(1, %(people)s) n;
INSERT INTO core_trip (person_id, country, city, start, "end", party, open_ended, created_at, delete_at,
                       phone, phone_language, phone_region, phone_state, alone)
SELECT n, CASE WHEN n %% 100 < 55 THEN 'LY' ELSE (ARRAY['EG', 'TN', 'TR', 'AE'])[n %% 4 + 1] END, '',
       %(today)s::date - 2, %(today)s::date + 9, 1, FALSE, %(now)s, %(now)s + interval '12 days',
       c.id, c.language, c.region, (n %% 25 = 0)::int, TRUE
FROM generate_series(1, %(people)s) n JOIN core_contactpoint c ON c.person_id = n;
INSERT INTO core_optout (number_index, since, source)
SELECT sha256(n::text::bytea), %(now)s, 'person' FROM generate_series(1, %(people)s) n WHERE n %% 25 = 0;
SELECT setval(pg_get_serial_sequence('core_person', 'id'), %(people)s);
"""
_SENT: Final = """
UPDATE campaigns_recipient SET delivery = CASE id %% 2 WHEN 0 THEN 'delivered' ELSE 'sent' END, step = 1,
    progress = CASE id %% 2 WHEN 0 THEN 13 ELSE 12 END, asked_at = %(now)s,
    answer = CASE id %% 3 WHEN 0 THEN (ARRAY['safe', 'safe', 'safe', 'not_there', 'needs_help'])[id %% 5 + 1]
        ELSE '' END,
    answered_at = CASE id %% 3 WHEN 0 THEN %(now)s + (id %% 3600) * interval '1 second' END
"""
_TRIGGERS: Final = "ALTER TABLE core_trip {0} TRIGGER USER; ALTER TABLE core_optout {0} TRIGGER USER"

_campaign: list[tuple[Campaign, Officer]] = []
_desk: Final = Client(SERVER_NAME="localhost")


def prepare(people: int) -> None:
    """So many people, and an approved check-in for those in Libya."""
    call_command("migrate", verbosity=0)
    places.time_zone("LY", None)  # each process of the service reads the places once, before its first work
    number = encrypt(synthetic(1).e164, context=ContactPoint._meta.get_field("number").context)
    execute(_TRIGGERS.format("DISABLE"))
    execute(_FILL, {"people": people, "now": NOW, "today": NOW.date(), "number": number})
    execute(_TRIGGERS.format("ENABLE"))
    execute("VACUUM ANALYZE")
    _campaign.append(crowd.approved_check_in("Are you safe? 1 yes 2 no 3 not there", NOW))


def execute(sql: str, params: dict[str, str | int | bytes | date | datetime] | None = None) -> None:
    """Run a statement, and fetch what it finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        if cursor.description:
            cursor.fetchall()


def preview() -> None:
    """The figures an officer sees before anybody approves."""
    previewing.preview(_campaign[0][0], NOW)


def launch() -> None:
    """The click: the first recipients stand afterwards, and a worker may send; none runs here."""
    campaign, approver = _campaign[0]
    launching.launch(campaign, by=approver, now=NOW)


def collect() -> None:
    """What the job does afterwards: the rest of the recipients, part by part."""
    while collecting.go_on(_campaign[0][0].pk, NOW):
        pass


def recipients() -> int:
    """How many were written."""
    return Recipient.objects.count()


def send_and_answer() -> None:
    """Everything is sent, half of it has arrived, and a third has answered within the hour."""
    execute(_SENT, {"now": NOW})
    execute("VACUUM ANALYZE campaigns_recipient")
    tally.fold()
    Officer.objects.update(must_change_password=False)
    _desk.force_login(_campaign[0][1])


def open_board() -> None:
    """What the server does when an officer opens the campaign's board."""
    answer = _desk.get(reverse("console:board", args=[_campaign[0][0].pk]))
    if answer.status_code != OK:
        raise RuntimeError(f"the board did not open: {answer.status_code}")


def count_places() -> None:
    """The table by place, which the page asks for once it is open."""
    board.by_place(Campaign.objects.get(pk=_campaign[0][0].pk))


def purge() -> None:
    """Three weeks later: everybody is due."""
    retention.purge(NOW + timedelta(days=21))
