"""What points to people, phones and messages is looked at once a statement (docs/adr/0035)."""

import django.db.models.deletion
from django.db import migrations, models

KEYS = (
    ("campaigns_case", "contact_id", "core_contactpoint"),
    ("campaigns_case", "person_id", "core_person"),
    ("campaigns_inquiry", "contact_id", "core_contactpoint"),
    ("campaigns_inquiry", "message_id", "core_message"),
    ("campaigns_inquiry", "person_id", "core_person"),
    ("campaigns_listednumber", "contact_id", "core_contactpoint"),
)
KEPT = ["SELECT core_keep_key('{}', '{}', '{}')".format(*key) for key in KEYS]
DROPPED = ["SELECT core_drop_key('{}', '{}', '{}')".format(*key) for key in KEYS]


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0016_answers_of_a_board'),
        ('core', '0013_keys_kept_by_triggers'),
    ]

    operations = [
        migrations.RunSQL(KEPT, DROPPED),
        migrations.AlterField(
            model_name='case',
            name='contact',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='case',
            name='person',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='cases', to='core.person'),
        ),
        migrations.AlterField(
            model_name='inquiry',
            name='contact',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inquiries', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='inquiry',
            name='message',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inquiry', to='core.message'),
        ),
        migrations.AlterField(
            model_name='inquiry',
            name='person',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='inquiries', to='core.person'),
        ),
        migrations.AlterField(
            model_name='listednumber',
            name='contact',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='listed', to='core.contactpoint'),
        ),
    ]
