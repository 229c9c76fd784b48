"""Help requests nobody has taken are counted on every page without a look at all cases."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0019_fewer_indexes_of_recipients")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["campaign"],
                name="case_waiting",
                condition=models.Q(("state", "open"), models.Q(("reason", "silent"), _negated=True)),
            ),
        ),
    ]
