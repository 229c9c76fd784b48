"""A message is in two indexes fewer: nothing looked there that another index does not answer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0013_keys_kept_by_triggers")]

    operations = [
        # By hand: Django would make the foreign key anew, and look at every row for it.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX core_message_contact_id_5f61b86b",
                    "CREATE INDEX core_message_contact_id_5f61b86b ON core_message (contact_id)",
                )
            ],
            state_operations=[
                migrations.AlterField(
                    "message",
                    "contact",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="core.contactpoint",
                    ),
                )
            ],
        ),
        migrations.AlterField(
            "message", "provider_sid", models.CharField(blank=True, max_length=64, null=True)
        ),
        migrations.AddConstraint(
            "message", models.UniqueConstraint(fields=("provider_sid",), name="one_message_a_sid")
        ),
    ]
