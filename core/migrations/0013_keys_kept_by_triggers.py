"""What points to people, phones and messages is looked at once a statement (docs/adr/0035)."""

import django.db.models.deletion
from django.db import migrations, models

KEEP = """
-- A key as two triggers: whoever writes a row that points somewhere holds the row it points to until the commit,
-- or finds that it is gone; whoever deletes looks once a statement, not once a row, whether somebody points there.
-- What a constraint says of the two at the same moment holds here as well: each waits for the other's lock.
CREATE FUNCTION core_keep_key(child regclass, pointer name, parent regclass) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
    named text := format('key_%s_%s', child, pointer);
BEGIN
    EXECUTE format($$
        CREATE FUNCTION %1$I() RETURNS trigger LANGUAGE plpgsql AS $f$
        BEGIN
            PERFORM FROM %3$s WHERE id = NEW.%2$I FOR KEY SHARE;
            IF NOT FOUND THEN
                RAISE foreign_key_violation USING MESSAGE = '%4$s.%2$s points to nothing in %3$s',
                    CONSTRAINT = '%1$s', TABLE = '%4$s';
            END IF;
            RETURN NULL;
        END
        $f$;
        CREATE TRIGGER %1$I AFTER INSERT ON %4$s
            FOR EACH ROW WHEN (NEW.%2$I IS NOT NULL) EXECUTE FUNCTION %1$I();
        CREATE TRIGGER %5$I AFTER UPDATE OF %2$I ON %4$s
            FOR EACH ROW WHEN (NEW.%2$I IS NOT NULL AND NEW.%2$I IS DISTINCT FROM OLD.%2$I)
            EXECUTE FUNCTION %1$I();
        CREATE FUNCTION %6$I() RETURNS trigger LANGUAGE plpgsql AS $f$
        BEGIN
            IF EXISTS (SELECT FROM gone JOIN %4$s child ON child.%2$I = gone.id) THEN
                RAISE foreign_key_violation USING MESSAGE = '%4$s.%2$s still points to what is deleted from %3$s',
                    CONSTRAINT = '%1$s', TABLE = '%4$s';
            END IF;
            RETURN NULL;
        END
        $f$;
        CREATE TRIGGER %6$I AFTER DELETE ON %3$s REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION %6$I();
    $$, named, pointer, parent, child, named || '_moved', named || '_held');
END
$make$;

CREATE FUNCTION core_drop_key(child regclass, pointer name, parent regclass) RETURNS void LANGUAGE plpgsql AS $make$
DECLARE
    named text := format('key_%s_%s', child, pointer);
BEGIN
    EXECUTE format($$
        DROP TRIGGER %1$I ON %2$s;
        DROP TRIGGER %3$I ON %2$s;
        DROP TRIGGER %4$I ON %5$s;
        DROP FUNCTION %1$I, %4$I;
    $$, named, child, named || '_moved', named || '_held', parent);
END
$make$;
"""

# Back, the constraints are made anew by Django, and are to look once as before (campaigns 0015).
ONCE = """
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT conname AS name, conrelid::regclass AS child, pg_get_constraintdef(oid) AS said FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = 'a'
            AND confrelid IN ('core_person'::regclass, 'core_contactpoint'::regclass, 'core_message'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', made.child, made.name,
            made.name, replace(made.said, ' DEFERRABLE', ' ON DELETE RESTRICT DEFERRABLE'));
    END LOOP;
END
$$;
"""

KEYS = (
    ("core_consent", "person_id", "core_person"),
    ("core_contactnaming", "person_id", "core_person"),
    ("core_contactpoint", "person_id", "core_person"),
    ("core_emergencycontact", "person_id", "core_person"),
    ("core_phonecode", "person_id", "core_person"),
    ("core_trip", "person_id", "core_person"),
    ("core_conversation", "contact_id", "core_contactpoint"),
    ("core_inboxclaim", "contact_id", "core_contactpoint"),
    ("core_phonecode", "asked_from_id", "core_contactpoint"),
    ("core_phonecode", "joined_id", "core_contactpoint"),
    ("core_sharedphone", "contact_id", "core_contactpoint"),
    ("core_emergencycontact", "notice_id", "core_message"),
)
KEPT = ["SELECT core_keep_key('{}', '{}', '{}')".format(*key) for key in KEYS]
DROPPED = ["SELECT core_drop_key('{}', '{}', '{}')".format(*key) for key in KEYS]


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0012_breaker_and_sender_health'),
    ]

    operations = [
        # Before the constraints go, so that at no moment nobody keeps the keys.
        migrations.RunSQL([KEEP, *KEPT], [*DROPPED, "DROP FUNCTION core_keep_key, core_drop_key", ONCE]),
        migrations.AlterField(
            model_name='consent',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='core.person'),
        ),
        migrations.AlterField(
            model_name='contactnaming',
            name='person',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='namings', to='core.person'),
        ),
        migrations.AlterField(
            model_name='contactpoint',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='contacts', to='core.person'),
        ),
        migrations.AlterField(
            model_name='conversation',
            name='contact',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='conversation', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='emergencycontact',
            name='notice',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.message'),
        ),
        migrations.AlterField(
            model_name='emergencycontact',
            name='person',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='emergency_contact', to='core.person'),
        ),
        migrations.AlterField(
            model_name='inboxclaim',
            name='contact',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='inbox_claim', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='phonecode',
            name='asked_from',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='phonecode',
            name='joined',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='phonecode',
            name='person',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='phone_code', to='core.person'),
        ),
        migrations.AlterField(
            model_name='sharedphone',
            name='contact',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='shared', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='trip',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='trips', to='core.person'),
        ),
    ]
