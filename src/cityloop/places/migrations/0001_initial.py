import cityloop.kernel.years
import datetime
import django.contrib.gis.db.models.fields
from django.db import migrations, models


def mercator(table, kind):
    """The shape as tiles need it, made once. Degrees of CGCS2000 are taken for those of WGS 84, whose numbers they are: PROJ is
    never asked to go from the one to the other.
    """
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD COLUMN mercator geometry({kind}, 3857) NOT NULL "
        "GENERATED ALWAYS AS (ST_Transform(ST_SetSRID(geometry, 4326), 3857)) STORED",
        f"ALTER TABLE {table} DROP COLUMN mercator",
    )


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Area',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('block', 'Built-up land'), ('residential', 'Residential land'), ('commercial', 'Commercial land'), ('industry', 'Industrial land'), ('public', 'Public land'), ('farm', 'Farmland'), ('wood', 'Woodland'), ('green', 'Green space'), ('park', 'Park'), ('sand', 'Beach'), ('square', 'Square'), ('water', 'Water')], max_length=11, verbose_name='kind')),
                ('geometry', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490, verbose_name='border')),
            ],
            options={
                'verbose_name': 'area',
                'verbose_name_plural': 'areas',
                'ordering': ('id',),
                'indexes': [models.Index(fields=['jurisdiction', 'kind'], name='area_by_kind')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='area_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='area_within_years', violation_error_message='The year must lie between 1970 and 2199.')],
            },
        ),
        migrations.CreateModel(
            name='Building',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('kind', models.CharField(choices=[('residential', 'Homes'), ('old', 'Old quarter'), ('commercial', 'Shops and offices'), ('public', 'Public building'), ('school', 'School'), ('hospital', 'Hospital'), ('industrial', 'Works and halls'), ('other', 'Other building')], default='other', max_length=11, verbose_name='kind')),
                ('height_m', models.FloatField(blank=True, null=True, verbose_name='height in m')),
                ('geometry', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490, verbose_name='outline')),
            ],
            options={
                'verbose_name': 'building',
                'verbose_name_plural': 'buildings',
                'ordering': ('id',),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='building_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='building_within_years', violation_error_message='The year must lie between 1970 and 2199.'), models.CheckConstraint(condition=models.Q(('height_m', None), models.Q(('height_m__gt', 0), ('height_m__lt', 1500)), _connector='OR'), name='building_has_a_height')],
            },
        ),
        migrations.CreateModel(
            name='Road',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('road_class', models.CharField(choices=[('expressway', 'Expressway'), ('arterial', 'Arterial road'), ('secondary', 'Secondary road'), ('local', 'Local road'), ('lane', 'Lane'), ('path', 'Path')], max_length=10, verbose_name='class of the road')),
                ('is_bridge', models.BooleanField(default=False, verbose_name='bridge')),
                ('width_m', models.FloatField(blank=True, null=True, verbose_name='width in m')),
                ('geometry', django.contrib.gis.db.models.fields.MultiLineStringField(srid=4490, verbose_name='centre line')),
            ],
            options={
                'verbose_name': 'road',
                'verbose_name_plural': 'roads',
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('name', ''), _negated=True), fields=['jurisdiction', 'name'], name='road_by_name')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='road_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='road_within_years', violation_error_message='The year must lie between 1970 and 2199.'), models.CheckConstraint(condition=models.Q(('width_m', None), models.Q(('width_m__gt', 0), ('width_m__lt', 500)), _connector='OR'), name='road_has_a_width')],
            },
        ),
        mercator("places_road", "MultiLineString"),
        mercator("places_building", "MultiPolygon"),
        mercator("places_area", "MultiPolygon"),
    ]
