"""What a campaign asks of a trip's person stands beside the trip, kept by triggers (docs/adr/0024)."""

from django.db import migrations, models

COLUMNS = """
ALTER TABLE core_trip
    ADD COLUMN phone bigint,
    ADD COLUMN phone_language varchar(8) NOT NULL DEFAULT '',
    ADD COLUMN phone_region varchar(2) NOT NULL DEFAULT '',
    ADD COLUMN phone_state smallint NOT NULL DEFAULT 0,
    ADD COLUMN alone boolean NOT NULL DEFAULT FALSE;
"""

KNOWN = """
-- The one phone of each person, with 1: said STOP, 2: refuses texts, 4: refuses calls; none where a person has
-- several phones or none. `alone`: the person has one trip.
CREATE FUNCTION core_reach(persons bigint[])
RETURNS TABLE (person bigint, phone bigint, language varchar, region varchar, state smallint, alone boolean)
LANGUAGE sql STABLE AS $$
    SELECT p.person, c.phone, COALESCE(c.language, ''), COALESCE(c.region, ''), COALESCE(c.state, 0)::smallint,
        (SELECT count(*) = 1 FROM core_trip t WHERE t.person_id = p.person)
    FROM unnest(persons) AS p (person)
    LEFT JOIN LATERAL (
        SELECT min(k.id) AS phone, min(k.language) AS language, min(k.region) AS region,
            max((o.number_index IS NOT NULL)::int + 2 * (k.sms_refused IS NOT NULL)::int
                + 4 * (k.voice_refused IS NOT NULL)::int) AS state
        FROM core_contactpoint k LEFT JOIN core_optout o ON o.number_index = k.number_index
        WHERE k.person_id = p.person HAVING count(*) = 1
    ) c ON TRUE
$$;

-- The lock makes two transactions that change the same person follow each other: the second one's statements
-- see what the first one wrote.
CREATE FUNCTION core_reach_refresh(persons bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF persons IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM core_person WHERE id = ANY(persons) ORDER BY id FOR NO KEY UPDATE;
    UPDATE core_trip t
    SET phone = r.phone, phone_language = r.language, phone_region = r.region, phone_state = r.state,
        alone = r.alone
    FROM core_reach(persons) r
    WHERE t.person_id = r.person
        AND (t.phone, t.phone_language, t.phone_region, t.phone_state, t.alone)
            IS DISTINCT FROM (r.phone, r.language, r.region, r.state, r.alone);
END
$$;

CREATE FUNCTION core_reach_new_trip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM core_person WHERE id = NEW.person_id FOR NO KEY UPDATE;
    SELECT r.phone, r.language, r.region, r.state INTO NEW.phone, NEW.phone_language, NEW.phone_region,
        NEW.phone_state FROM core_reach(ARRAY[NEW.person_id]) r;
    UPDATE core_trip SET alone = FALSE WHERE person_id = NEW.person_id AND alone;
    NEW.alone := NOT EXISTS (SELECT FROM core_trip WHERE person_id = NEW.person_id);
    RETURN NEW;
END
$$;

CREATE FUNCTION core_reach_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM core_reach_refresh(
        (SELECT array_agg(DISTINCT t.person_id) FROM core_trip t
            WHERE t.person_id IN (OLD.person_id, NEW.person_id)));
    RETURN NULL;
END
$$;

CREATE FUNCTION core_reach_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM core_reach_refresh(
        (SELECT array_agg(DISTINCT t.person_id) FROM changed c JOIN core_trip t ON t.person_id = c.person_id));
    RETURN NULL;
END
$$;

CREATE FUNCTION core_reach_numbers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM core_reach_refresh(
        (SELECT array_agg(DISTINCT t.person_id) FROM changed c
            JOIN core_contactpoint k ON k.number_index = c.number_index
            JOIN core_trip t ON t.person_id = k.person_id));
    RETURN NULL;
END
$$;
"""

TRIGGERS = """
CREATE TRIGGER core_reach_new BEFORE INSERT ON core_trip
    FOR EACH ROW EXECUTE FUNCTION core_reach_new_trip();
CREATE TRIGGER core_reach_moved AFTER UPDATE OF person_id ON core_trip
    FOR EACH ROW WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION core_reach_moved();
CREATE TRIGGER core_reach_gone AFTER DELETE ON core_trip REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION core_reach_people();
CREATE TRIGGER core_reach_added AFTER INSERT ON core_contactpoint REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION core_reach_people();
CREATE TRIGGER core_reach_changed
    AFTER UPDATE OF person_id, number_index, language, region, sms_refused, voice_refused ON core_contactpoint
    FOR EACH ROW WHEN (
        (OLD.person_id, OLD.number_index, OLD.language, OLD.region, OLD.sms_refused, OLD.voice_refused)
        IS DISTINCT FROM
        (NEW.person_id, NEW.number_index, NEW.language, NEW.region, NEW.sms_refused, NEW.voice_refused)
    ) EXECUTE FUNCTION core_reach_moved();
CREATE TRIGGER core_reach_gone AFTER DELETE ON core_contactpoint REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION core_reach_people();
CREATE TRIGGER core_reach_stop AFTER INSERT ON core_optout REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION core_reach_numbers();
CREATE TRIGGER core_reach_start AFTER DELETE ON core_optout REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION core_reach_numbers();
"""

FILL = "SELECT core_reach_refresh(array_agg(DISTINCT person_id)) FROM core_trip;"

BACK = """
DROP TRIGGER core_reach_new ON core_trip;
DROP TRIGGER core_reach_moved ON core_trip;
DROP TRIGGER core_reach_gone ON core_trip;
DROP TRIGGER core_reach_added ON core_contactpoint;
DROP TRIGGER core_reach_changed ON core_contactpoint;
DROP TRIGGER core_reach_gone ON core_contactpoint;
DROP TRIGGER core_reach_stop ON core_optout;
DROP TRIGGER core_reach_start ON core_optout;
DROP FUNCTION core_reach_numbers, core_reach_people, core_reach_moved, core_reach_new_trip,
    core_reach_refresh, core_reach;
ALTER TABLE core_trip DROP COLUMN phone, DROP COLUMN phone_language, DROP COLUMN phone_region,
    DROP COLUMN phone_state, DROP COLUMN alone;
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0008_shared_phones")]

    operations = [
        migrations.AddField(
            model_name="contactpoint",
            name="kept_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunSQL([COLUMNS, KNOWN, TRIGGERS, FILL], BACK),
    ]
