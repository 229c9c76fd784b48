import django.db.models.deletion
from django.db import migrations, models

import core.privacy.fields


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0005_trip_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmergencyContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number_index', models.BinaryField(db_index=True, max_length=32)),
                ('number', core.privacy.fields.EncryptedText(blank=True, default='')),
                ('asked_as', core.privacy.fields.EncryptedText(blank=True, default='')),
                ('language', models.CharField(max_length=8)),
                ('created_at', models.DateTimeField()),
                ('noticed_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('notice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='core.message')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='emergency_contact', to='core.person')),
            ],
        ),
        migrations.CreateModel(
            name='ContactRefusal',
            fields=[
                ('number_index', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('since', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ContactNaming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number_index', models.BinaryField(max_length=32)),
                ('day', models.DateField()),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='namings', to='core.person')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('number_index', 'day'), name='named_once_a_day')],
            },
        ),
    ]
