from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0002_by_name'),
    ]

    operations = [
        migrations.AlterField(
            model_name='road',
            name='road_class',
            field=models.CharField(choices=[('expressway', 'Expressway'), ('arterial', 'Arterial road'), ('secondary', 'Secondary road'), ('local', 'Local road'), ('lane', 'Lane'), ('path', 'Footpath')], max_length=10, verbose_name='class of the road'),
        ),
    ]
