from django.db import migrations, models

import cityloop.organisation.models.accounts


class Migration(migrations.Migration):
    dependencies = [("organisation", "0004_jurisdiction_that_works")]
    operations = [
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=models.CharField(
                blank=True,
                max_length=20,
                validators=[cityloop.organisation.models.accounts.is_phone],
                verbose_name="phone",
            ),
        ),
    ]
