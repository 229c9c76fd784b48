import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0006_emergency_contacts'),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_index', models.BinaryField(max_length=32, unique=True)),
                ('expires_at', models.DateTimeField()),
                ('asked_from', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.contactpoint')),
                ('joined', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='core.contactpoint')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='phone_code', to='core.person')),
            ],
        ),
    ]
