from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_inbox_claim'),
    ]

    operations = [
        migrations.AddField(
            model_name='trip',
            name='open_ended',
            field=models.BooleanField(default=False),
        ),
    ]
