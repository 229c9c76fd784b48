"""A recipient's phone is kept true by a trigger a statement, not by a foreign key a row (docs/adr/0030)."""

from django.db import migrations, models

# The number is campaigns.freeze.DELETING. Shared: deletions do not wait for each other. The rows are looked for
# once the phones are locked and gone, in a statement of its own, which sees all that was committed by then.
TRIGGERS = """
CREATE FUNCTION campaigns_phones_leave() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(730030);
    RETURN NULL;
END
$$;

CREATE FUNCTION campaigns_phones_left() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE campaigns_recipient SET contact_id = NULL WHERE contact_id = ANY(ARRAY(SELECT id FROM gone));
    RETURN NULL;
END
$$;

CREATE TRIGGER campaigns_phones_leave BEFORE DELETE ON core_contactpoint
    FOR EACH STATEMENT EXECUTE FUNCTION campaigns_phones_leave();
CREATE TRIGGER campaigns_phones_left AFTER DELETE ON core_contactpoint REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION campaigns_phones_left();
"""

BACK = """
DROP TRIGGER campaigns_phones_leave ON core_contactpoint;
DROP TRIGGER campaigns_phones_left ON core_contactpoint;
DROP FUNCTION campaigns_phones_leave, campaigns_phones_left;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0013_contacts_asked")]

    operations = [
        # Before the constraint goes, so that at no moment nobody keeps it.
        migrations.RunSQL(TRIGGERS, BACK),
        migrations.AlterField(
            model_name="recipient",
            name="contact",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="recipients",
                to="core.contactpoint",
            ),
        ),
    ]
