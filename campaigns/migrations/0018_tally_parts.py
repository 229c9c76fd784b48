"""A campaign's tally is kept by a trigger a statement, whoever wrote that statement (docs/adr/0033)."""

from django.db import migrations, models

_KEY = """campaign_id, language, delivery, answer,
        contact_id IS NOT NULL AND asked_at IS NOT NULL AS asked,
        delivery = 'planned' OR answer = '' AND due_at IS NOT NULL AS waits"""
_PARTS = "campaigns_tallypart (campaign_id, language, delivery, answer, asked, waits, people)"

TRIGGERS = f"""
CREATE FUNCTION campaigns_tally_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {_PARTS} SELECT {_KEY}, count(*) FROM fresh GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END
$$;

CREATE FUNCTION campaigns_tally_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {_PARTS} SELECT campaign_id, language, delivery, answer, asked, waits, sum(people) FROM (
        SELECT {_KEY}, 1 AS people FROM fresh UNION ALL SELECT {_KEY}, -1 FROM stale
    ) both_sides GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(people) <> 0;
    RETURN NULL;
END
$$;

CREATE FUNCTION campaigns_tally_fewer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {_PARTS} SELECT {_KEY}, -count(*) FROM stale GROUP BY 1, 2, 3, 4, 5, 6;
    RETURN NULL;
END
$$;

CREATE TRIGGER campaigns_tally_more AFTER INSERT ON campaigns_recipient
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION campaigns_tally_more();
CREATE TRIGGER campaigns_tally_moved AFTER UPDATE ON campaigns_recipient
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION campaigns_tally_moved();
CREATE TRIGGER campaigns_tally_fewer AFTER DELETE ON campaigns_recipient
    REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION campaigns_tally_fewer();
"""  # noqa: S608 - the names are ours

# The triggers hold the table's writers off until the commit: nobody is counted twice or not at all.
BEGIN = f"INSERT INTO {_PARTS} SELECT {_KEY}, count(*) FROM campaigns_recipient GROUP BY 1, 2, 3, 4, 5, 6"  # noqa: S608

BACK = """
DROP TRIGGER campaigns_tally_more ON campaigns_recipient;
DROP TRIGGER campaigns_tally_moved ON campaigns_recipient;
DROP TRIGGER campaigns_tally_fewer ON campaigns_recipient;
DROP FUNCTION campaigns_tally_more, campaigns_tally_moved, campaigns_tally_fewer;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0017_keys_kept_by_triggers")]

    operations = [
        migrations.CreateModel(
            name="TallyPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(max_length=8)),
                ("delivery", models.CharField(max_length=12)),
                ("answer", models.CharField(max_length=12)),
                ("asked", models.BooleanField()),
                ("waits", models.BooleanField()),
                ("people", models.IntegerField()),
                (
                    "campaign",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=models.deletion.CASCADE,
                        related_name="parts",
                        to="campaigns.campaign",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, BACK),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
