"""What a message's news change of a recipient is in no index, and there is room beside each row for it."""

from django.db import migrations, models

# Rows that are there keep their places: room is left where rows are written from now on.
ROOM = "ALTER TABLE campaigns_recipient SET (fillfactor = 85)"
NONE = "ALTER TABLE campaigns_recipient RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0018_tally_parts")]

    operations = [
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["campaign"], name="recipient_campaign"),
        ),
        migrations.RemoveIndex(model_name="recipient", name="recipient_tally"),
        migrations.RunSQL(ROOM, NONE),
    ]
