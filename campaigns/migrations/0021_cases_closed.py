"""The cases closed last are found without sorting all that ever were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0020_cases_waiting")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["-closed_at", "-id"], name="case_closed", condition=models.Q(("state", "closed"))
            ),
        ),
    ]
