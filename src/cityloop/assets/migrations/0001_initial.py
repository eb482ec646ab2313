import cityloop.kernel.years
import datetime
import django.contrib.gis.db.models.fields
import django.db.models.functions.text
from django.db import migrations, models


# The shape as tiles need it, made once. Degrees of CGCS2000 are taken for those of WGS 84, whose numbers they are: PROJ is never
# asked to go from the one to the other.
MERCATOR = """
ALTER TABLE assets_part ADD COLUMN mercator geometry(Geometry, 3857) NOT NULL
GENERATED ALWAYS AS (ST_Transform(ST_SetSRID(geometry, 4326), 3857)) STORED
"""

KINDS = """
ALTER TABLE assets_part ADD CONSTRAINT part_is_a_point_line_or_polygon
CHECK (GeometryType(geometry) IN ('POINT', 'LINESTRING', 'POLYGON'))
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('code', models.CharField(max_length=17, verbose_name='code')),
                ('scheme', models.CharField(max_length=40, verbose_name='scheme')),
                ('class_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Left(django.db.models.functions.text.Substr('code', 7), models.Value(-6)), output_field=models.CharField(max_length=5), verbose_name='class')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('state', models.CharField(choices=[('intact', 'Intact'), ('damaged', 'Damaged'), ('lost', 'Lost'), ('abandoned', 'Abandoned'), ('removed', 'Removed')], default='intact', max_length=9, verbose_name='state')),
                ('owner', models.CharField(blank=True, max_length=40, verbose_name='owner')),
                ('keeper', models.CharField(blank=True, max_length=40, verbose_name='keeper')),
                ('unit_grid', models.CharField(blank=True, max_length=15, verbose_name='unit grid')),
                ('geometry', django.contrib.gis.db.models.fields.GeometryField(srid=4490, verbose_name='position')),
                ('remark', models.CharField(blank=True, max_length=1000, verbose_name='remark')),
                ('changed_on', models.DateField(blank=True, null=True, verbose_name='changed on')),
            ],
            options={
                'verbose_name': 'part',
                'verbose_name_plural': 'parts',
                'ordering': ('code',),
                'indexes': [models.Index(fields=['jurisdiction', 'class_code', 'id'], name='part_by_class'), models.Index(condition=models.Q(('unit_grid', ''), _negated=True), fields=['unit_grid'], name='part_by_grid')],
                'constraints': [models.UniqueConstraint(fields=('jurisdiction', 'code'), name='part_code_once_in_a_city', violation_error_message='There is a part with this code.'), models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{16,17}$')), name='part_code_has_16_or_17_digits', violation_error_message='The code of a part has 16 or 17 digits.'), models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='part_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('changed_on__gte', datetime.date(1970, 1, 1)), ('changed_on__lt', datetime.date(2200, 1, 1)), ('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='part_within_years', violation_error_message='The year must lie between 1970 and 2199.'), models.CheckConstraint(condition=models.Q(('changed_on', None), ('changed_on__gte', models.F('valid_from')), _connector='OR'), name='part_changed_after_it_began')],
            },
        ),
        migrations.RunSQL(MERCATOR, "ALTER TABLE assets_part DROP COLUMN mercator"),
        migrations.RunSQL(KINDS, "ALTER TABLE assets_part DROP CONSTRAINT part_is_a_point_line_or_polygon"),
    ]
