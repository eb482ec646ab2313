import cityloop.kernel.years
import datetime
import django.db.models.deletion
from django.db import migrations, models

from cityloop.onemap.watching import note_changes


def watch_statements(table):
    """Count the versions of the jurisdictions whose rows a statement changed (0001)."""
    events = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}
    return migrations.RunSQL(
        sql=[
            f"CREATE TRIGGER {table}_watch_{event.lower()} AFTER {event} ON {table} "
            f"REFERENCING {side} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION geography_count_versions()"
            for event, side in events.items()
        ],
        reverse_sql=[f"DROP TRIGGER {table}_watch_{event.lower()} ON {table}" for event in events],
    )


def once(table, *keys):
    """``keys`` together cannot hold twice at one time."""
    name, same = f"{table}_once_at_a_time", ", ".join(f"{key} WITH =" for key in keys)
    return migrations.RunSQL(
        sql=f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE USING gist ({same}, daterange(valid_from, valid_to) WITH &&)",
        reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


# Which unit grids lie in which area, and when: those of an evaluation grid lie in its management grids.
UNITS = """
CREATE VIEW geography_areaunit AS
SELECT area_id, unit_grid_id, jurisdiction, valid_from, valid_to FROM geography_gridareamember
UNION ALL
SELECT p.area_id, m.unit_grid_id, m.jurisdiction, greatest(p.valid_from, m.valid_from), least(p.valid_to, m.valid_to)
FROM geography_gridareapart p JOIN geography_gridareamember m ON m.area_id = p.part_id
WHERE daterange(p.valid_from, p.valid_to) && daterange(m.valid_from, m.valid_to)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('geography', '0005_draft_steps'),
        ('onemap', '0001_ledgers'),
    ]

    operations = [
        migrations.CreateModel(
            name='GridArea',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('kind', models.CharField(choices=[('management', 'Management grid'), ('evaluation', 'Evaluation grid'), ('extension', 'Extension grid')], max_length=10, verbose_name='kind')),
                ('code', models.CharField(max_length=20, verbose_name='code')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('rating', models.CharField(blank=True, choices=[('A', 'Type A'), ('B', 'Type B'), ('C', 'Type C')], max_length=1, verbose_name='type')),
                ('purpose', models.CharField(blank=True, choices=[('sanitation', 'Sanitation'), ('greening', 'Greening'), ('enforcement', 'Enforcement'), ('community', 'Social governance'), ('other', 'Other')], max_length=12, verbose_name='purpose')),
                ('body', models.CharField(blank=True, max_length=100, verbose_name='responsible body')),
            ],
            options={
                'verbose_name': 'area of unit grids',
                'verbose_name_plural': 'areas of unit grids',
                'ordering': ('code', 'valid_from'),
                'indexes': [models.Index(fields=['jurisdiction', 'kind', 'code'], name='geography_gridarea_by_city')],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_gridarea_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_gridarea_within_years', violation_error_message='The year must lie between 1970 and 2199.'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'management'), ('purpose', ''), ('rating', '')), models.Q(('kind', 'evaluation'), ('purpose', ''), models.Q(('rating', ''), _negated=True)), models.Q(('kind', 'extension'), ('rating', ''), models.Q(('purpose', ''), _negated=True)), _connector='OR'), name='geography_gridarea_type_and_purpose_fit_its_kind', violation_error_message='An evaluation grid has a type, an extension grid a purpose, others neither.')],
            },
        ),
        migrations.CreateModel(
            name='GridAreaMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('slot', models.CharField(help_text='Kind and purpose: a unit grid lies once in each of them.', max_length=24, verbose_name='once in each')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='geography.gridarea', verbose_name='area of unit grids')),
                ('unit_grid', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='area_memberships', to='geography.unitgrid', verbose_name='unit grid')),
            ],
            options={
                'verbose_name': 'unit grid of an area',
                'verbose_name_plural': 'unit grids of areas',
                'ordering': ('area', 'unit_grid', 'valid_from'),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_gridareamember_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_gridareamember_within_years', violation_error_message='The year must lie between 1970 and 2199.')],
            },
        ),
        migrations.CreateModel(
            name='GridAreaPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('jurisdiction', models.CharField(max_length=6, verbose_name='jurisdiction')),
                ('valid_from', models.DateField(validators=[cityloop.kernel.years.within_years], verbose_name='valid from')),
                ('valid_to', models.DateField(blank=True, help_text='First day on which it no longer holds.', null=True, validators=[cityloop.kernel.years.within_years], verbose_name='valid to')),
                ('area', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='geography.gridarea', verbose_name='evaluation grid')),
                ('part', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lies_in', to='geography.gridarea', verbose_name='management grid')),
            ],
            options={
                'verbose_name': 'management grid of an evaluation grid',
                'verbose_name_plural': 'management grids of evaluation grids',
                'ordering': ('area', 'part', 'valid_from'),
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='geography_gridareapart_ends_after_it_begins', violation_error_message='The end must come after the beginning.'), models.CheckConstraint(condition=models.Q(('valid_from__gte', datetime.date(1970, 1, 1)), ('valid_from__lt', datetime.date(2200, 1, 1)), ('valid_to__gte', datetime.date(1970, 1, 1)), ('valid_to__lt', datetime.date(2200, 1, 1))), name='geography_gridareapart_within_years', violation_error_message='The year must lie between 1970 and 2199.')],
            },
        ),
        once("geography_gridarea", "code"),
        once("geography_gridareamember", "unit_grid_id", "slot"),
        once("geography_gridareapart", "part_id"),
        migrations.RunSQL(UNITS, "DROP VIEW geography_areaunit"),
        watch_statements("geography_gridarea"),
        watch_statements("geography_gridareamember"),
        watch_statements("geography_gridareapart"),
        # What has no shape of its own may change how any grid is drawn.
        *note_changes("geography_gridarea", shape=""),
        *note_changes("geography_gridareamember", shape=""),
        *note_changes("geography_gridareapart", shape=""),
    ]
