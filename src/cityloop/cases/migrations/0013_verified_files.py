from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_text_due")]

    operations = [
        migrations.AddField("verification", "files", models.IntegerField(default=0, verbose_name="files")),
        migrations.AddField("verification", "last_file", models.UUIDField(null=True)),
    ]
