"""Deleting people, phones and messages looks once at what may point there, not twice (docs/adr/0031)."""

from django.db import migrations

# Each key is made anew under its name. The other way it is the same with both words exchanged.
_AGAIN = """
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT conname AS name, conrelid::regclass AS child, pg_get_constraintdef(oid) AS said FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = '{before}'
            AND confrelid IN ('core_person'::regclass, 'core_contactpoint'::regclass, 'core_message'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', made.child, made.name,
            made.name, replace(made.said, '{old} DEFERRABLE', '{new} DEFERRABLE'));
    END LOOP;
END
$$;
"""
ONCE = _AGAIN.format(before="a", old="", new=" ON DELETE RESTRICT")
TWICE = _AGAIN.format(before="r", old=" ON DELETE RESTRICT", new="")


class Migration(migrations.Migration):
    # Behind every table that has such a key.
    dependencies = [
        ("campaigns", "0014_recipients_of_phones"),
        ("channels_voice", "0005_callers_put_through"),
        ("core", "0012_breaker_and_sender_health"),
    ]

    operations = [migrations.RunSQL(ONCE, TWICE)]
