import cityloop.kernel.years
import datetime
import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


# Counts once a statement, not once a row: an import of 40,000 grids would else update one version row 40,000 times, each
# update walking over the dead versions that its own transaction left. The numbers come from the kernel's sequence, and mean
# what kernel_count_version says of them.
COUNT_VERSIONS = """
CREATE FUNCTION geography_count_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO kernel_configversion (jurisdiction, version)
    SELECT jurisdiction, nextval('kernel_version') FROM (SELECT DISTINCT jurisdiction FROM changed) AS once ORDER BY 1
    ON CONFLICT (jurisdiction) DO UPDATE SET version = nextval('kernel_version');
    RETURN NULL;
END $$;
"""


def watch_statements(table):
    """Count the versions of the jurisdictions whose rows a statement changed; a trigger may name one transition table."""
    events = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
    return migrations.RunSQL(
        sql=[
            f"CREATE TRIGGER {table}_watch_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {side} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION geography_count_versions()"
            for event, side in events.items()
        ],
        reverse_sql=[f"DROP TRIGGER {table}_watch_{event.lower()} ON {table}" for event in events],
    )


def once(table, key):
    """``key`` cannot hold twice at one time. GiST takes numbers five times as fast as text: it matters for 40,000 grids."""
    name = f"{table}_once_at_a_time"
    return migrations.RunSQL(
        sql=(
            f"ALTER TABLE {table} ADD CONSTRAINT {name} "
            f"EXCLUDE USING gist ({key} WITH =, daterange(valid_from, valid_to) WITH &&)"
        ),
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):

    initial = True

    dependencies = [('kernel', '0001_config_version')]

    operations = [
        migrations.CreateModel(
            name='DutyGrid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
            ],
            options={
                'verbose_name': 'duty grid',
                'verbose_name_plural': 'duty grids',
                'ordering': ('code', 'valid_from'),
                'indexes': [models.Index(fields=['jurisdiction', 'code'], name='geography_dutygrid_by_city')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_dutygrid_ends_after_it_begins', violation_error_message='The end must come after the beginning.')],
            },
        ),
        migrations.CreateModel(
            name='Region',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('code', models.CharField(max_length=12, verbose_name='code')),
                ('level', models.CharField(choices=[('province', 'Province'), ('city', 'City'), ('district', 'District or county'), ('street', 'Street or town'), ('community', 'Community or village')], max_length=9, verbose_name='level')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('parent_code', models.CharField(blank=True, max_length=12, verbose_name='code of the region around it')),
                ('geometry', django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4490, verbose_name='border')),
            ],
            options={
                'verbose_name': 'region',
                'verbose_name_plural': 'regions',
                'ordering': ('code', 'valid_from'),
                'indexes': [models.Index(fields=['jurisdiction', 'level', 'code'], name='geography_region_by_city')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_region_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(models.Q(('code__regex', '^[0-9]{6}$'), ('level__in', ['province', 'city', 'district'])), models.Q(('code__regex', '^[0-9]{9}$'), ('level', 'street')), models.Q(('code__regex', '^[0-9]{12}$'), ('level', 'community')), _connector='OR'), name='geography_region_code_fits_level', violation_error_message='A division has 6 digits, a street 9, a community 12.')],
            },
        ),
        migrations.CreateModel(
            name='UnitGrid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('code', models.CharField(max_length=15, verbose_name='code')),
                ('name', models.CharField(blank=True, max_length=100, verbose_name='name')),
                ('community_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Left('code', 12), output_field=models.CharField(max_length=12), verbose_name='community')),
                ('street_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Left('code', 9), output_field=models.CharField(max_length=9), verbose_name='street')),
                ('district_code', models.GeneratedField(db_persist=True, expression=django.db.models.functions.text.Left('code', 6), output_field=models.CharField(max_length=6), verbose_name='district')),
                ('timing_zone', models.CharField(default='normal', max_length=20, verbose_name='timing zone')),
                ('geometry', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4490, verbose_name='border')),
                ('area_m2', models.FloatField(verbose_name='area in m²')),
            ],
            options={
                'verbose_name': 'unit grid',
                'verbose_name_plural': 'unit grids',
                'ordering': ('code', 'valid_from'),
                'indexes': [models.Index(fields=['jurisdiction', 'code'], name='geography_unitgrid_by_city')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_unitgrid_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{15}$')), name='geography_unitgrid_code_has_15_digits', violation_error_message='The code of a unit grid has 15 digits.')],
            },
        ),
        migrations.CreateModel(
            name='DutyGridMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('duty_grid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='geography.dutygrid', verbose_name='duty grid')),
                ('unit_grid', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='geography.unitgrid', verbose_name='unit grid')),
            ],
            options={
                'verbose_name': 'member of a duty grid',
                'verbose_name_plural': 'members of duty grids',
                'ordering': ('duty_grid', 'unit_grid', 'valid_from'),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_dutygridmember_ends_after_it_begins', violation_error_message='The end must come after the beginning.')],
            },
        ),
        migrations.RunSQL(COUNT_VERSIONS, "DROP FUNCTION geography_count_versions()"),
        watch_statements("geography_region"),
        watch_statements("geography_unitgrid"),
        watch_statements("geography_dutygrid"),
        watch_statements("geography_dutygridmember"),
        once("geography_region", "code"),
        once("geography_unitgrid", "(code::bigint)"),
        once("geography_dutygrid", "code"),
        once("geography_dutygridmember", "unit_grid_id"),
        migrations.AddConstraint(
            model_name='dutygrid',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_dutygrid_within_years', violation_error_message='The year must lie between 1970 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='dutygridmember',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_dutygridmember_within_years', violation_error_message='The year must lie between 1970 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='region',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_region_within_years', violation_error_message='The year must lie between 1970 and 2199.'),
        ),
        migrations.AddConstraint(
            model_name='unitgrid',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_unitgrid_within_years', violation_error_message='The year must lie between 1970 and 2199.'),
        ),
    ]
