"""How long does an officer wait for a preview, a launch and a purge when a whole country is registered?

Question: seconds from asking to the figures of an audience (preview), from the click until the first
message can be sent (click), recipients written a second with all of the rest (freeze), milliseconds of the
server for opening the campaign's board once all are sent and a third has answered (board, without and with
the table by place), people deleted a second with all that hangs on them (purge). Input: PEOPLE people with
a phone and a trip each, 55 in 100 of them in Libya, as when the crisis of 2011 began, the rest in four
other countries; four in a hundred said STOP. Baselines in the same run: counting the same trips by country
and language with one GROUP BY, one INSERT … SELECT of as many rows with a unique key, and counting the
recipients by delivery and answer with one GROUP BY. PostgreSQL is started for the run, files flushed.
"""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from config import embedded

PEOPLE: Final = 500_000

_BASE_COUNT: Final = """
SELECT t.country, c.language, count(*) FROM core_trip t JOIN core_contactpoint c ON c.person_id = t.person_id
WHERE t.country = 'LY' GROUP BY 1, 2
"""
_BASE_TALLY: Final = "SELECT delivery, answer, count(*) FROM campaigns_recipient GROUP BY 1, 2"
_BASE_WRITE: Final = """
CREATE TABLE bench_rows (id bigserial PRIMARY KEY, campaign int, contact bigint, language text, state text,
                         UNIQUE (contact, campaign));
INSERT INTO bench_rows (campaign, contact, language, state)
SELECT 1, c.id, c.language, 'planned' FROM core_trip t JOIN core_contactpoint c ON c.person_id = t.person_id
WHERE t.country = 'LY'
"""
# The same rows with the same indexes, and nothing that points to them.
_BASE_COPIES: Final = """
CREATE TABLE bench_people (LIKE core_person INCLUDING INDEXES);
CREATE TABLE bench_phones (LIKE core_contactpoint INCLUDING INDEXES);
CREATE TABLE bench_trips (LIKE core_trip INCLUDING INDEXES);
INSERT INTO bench_people SELECT * FROM core_person;
INSERT INTO bench_phones SELECT * FROM core_contactpoint;
INSERT INTO bench_trips SELECT * FROM core_trip;
"""
_BASE_DELETE: Final = """
DELETE FROM bench_trips;
UPDATE bench_rows SET contact = NULL;
DELETE FROM bench_phones;
DELETE FROM bench_people;
"""


def main() -> None:
    """Print one line a figure."""
    people = int(os.environ.get("BENCH_PEOPLE", PEOPLE))
    with ExitStack() as open_now:
        directory = open_now.enter_context(tempfile.TemporaryDirectory(prefix="alongside-bench-"))
        addresses = open_now.enter_context(embedded.running(Path(directory), durable=True))
        os.environ |= {
            "VAR_DIR": directory,
            "DATABASE_URL": addresses.database_url,
            "REDIS_URL": addresses.redis_url,
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        _measure(people)


def _measure(people: int) -> None:
    import django  # noqa: PLC0415 - the settings are this run's

    django.setup()
    from bench import scale_sides  # noqa: PLC0415 - its models need the settings

    scale_sides.prepare(people)
    counted = _seconds(lambda: scale_sides.execute(_BASE_COUNT))
    looked = _seconds(scale_sides.preview)
    written = _seconds(lambda: scale_sides.execute(_BASE_WRITE))
    clicked = _seconds(scale_sides.launch)
    frozen = clicked + _seconds(scale_sides.collect)
    recipients = scale_sides.recipients()
    print(f"scale people={people} recipients={recipients}")
    print(f"scale preview_seconds={looked:.2f} plain_count_seconds={counted:.2f}")
    print(f"scale preview_vs_plain_count={looked / counted:.1f}")
    print(f"scale click_seconds={clicked:.2f}")
    print(f"scale frozen_per_second={recipients / frozen:.0f}")
    print(f"scale plain_insert_per_second={recipients / written:.0f}")
    print(f"scale freeze_vs_plain_insert={written / frozen:.2f}", flush=True)
    scale_sides.send_and_answer()
    tallied = _seconds(lambda: scale_sides.execute(_BASE_TALLY))
    scale_sides.open_board()  # templates are read
    opened, placed = _seconds(scale_sides.open_board), _seconds(scale_sides.count_places)
    print(f"scale board_ms={1000 * opened:.0f} by_place_ms={1000 * placed:.0f}")
    print(
        f"scale plain_tally_ms={1000 * tallied:.0f} board_vs_plain_tally={opened / tallied:.2f}", flush=True
    )
    scale_sides.execute(_BASE_COPIES)
    plain = _seconds(lambda: scale_sides.execute(_BASE_DELETE))
    purged = _seconds(scale_sides.purge)
    print(f"scale purged_people_per_second={people / purged:.0f}")
    print(f"scale plain_deleted_people_per_second={people / plain:.0f}")
    print(f"scale purge_vs_plain_delete={plain / purged:.2f}")


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
