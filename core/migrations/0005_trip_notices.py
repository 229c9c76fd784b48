from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_open_ended_trips'),
    ]

    operations = [
        migrations.AddField(
            model_name='trip',
            name='noticed_for',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='trip',
            index=models.Index(fields=['end'], name='trip_notice'),
        ),
    ]
