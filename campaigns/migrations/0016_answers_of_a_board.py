"""What the board shows of the answers is found without a look at everybody else's row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0015_keys_looked_at_once")]

    operations = [
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(
                fields=["campaign", "answered_at"],
                include=["answer"],
                name="recipient_answered",
                condition=models.Q(answered_at__isnull=False),
            ),
        ),
    ]
