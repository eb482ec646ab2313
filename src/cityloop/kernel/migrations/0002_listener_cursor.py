from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_config_version")]
    operations = [
        migrations.CreateModel(
            name="ListenerCursor",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
                ("moved_at", models.DateTimeField()),
            ],
            options={"verbose_name": "listener's cursor"},
        ),
    ]
