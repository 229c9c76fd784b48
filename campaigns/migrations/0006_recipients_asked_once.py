"""Whoever was sent something before there were ladders has taken the first rung."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0005_ladder")]

    operations = [
        migrations.RunSQL(
            "UPDATE campaigns_recipient SET step = 1 WHERE delivery <> 'planned'",
            migrations.RunSQL.noop,
        )
    ]
