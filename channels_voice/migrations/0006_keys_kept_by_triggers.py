"""What points to people, phones and messages is looked at once a statement (docs/adr/0035)."""

import django.db.models.deletion
from django.db import migrations, models

KEYS = (
    ("channels_voice_call", "contact_id", "core_contactpoint"),
    ("channels_voice_call", "message_id", "core_message"),
    ("channels_voice_recording", "message_id", "core_message"),
)
KEPT = ["SELECT core_keep_key('{}', '{}', '{}')".format(*key) for key in KEYS]
DROPPED = ["SELECT core_drop_key('{}', '{}', '{}')".format(*key) for key in KEYS]


class Migration(migrations.Migration):

    dependencies = [
        ('channels_voice', '0005_callers_put_through'),
        ('core', '0013_keys_kept_by_triggers'),
    ]

    operations = [
        migrations.RunSQL(KEPT, DROPPED),
        migrations.AlterField(
            model_name='call',
            name='contact',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='core.contactpoint'),
        ),
        migrations.AlterField(
            model_name='call',
            name='message',
            field=models.OneToOneField(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='call', to='core.message'),
        ),
        migrations.AlterField(
            model_name='recording',
            name='message',
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='recording', to='core.message'),
        ),
    ]
