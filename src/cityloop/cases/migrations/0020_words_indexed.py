import django.db.models.functions.text
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index on a large table is built beside the work that goes on

    dependencies = [("cases", "0019_words_filled")]

    operations = [
        AddIndexConcurrently(model_name="casewords", index=GinIndex(fields=["grams"], name="words_by_grams")),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                "jurisdiction",
                "category",
                models.F("reported_at").desc(),
                models.F("id").desc(),
                name="case_by_class",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                OpClass(django.db.models.functions.text.Reverse("number"), "text_pattern_ops"), name="case_by_ending"
            ),
        ),
        AddIndexConcurrently(
            model_name="casetext",
            index=models.Index(
                django.db.models.functions.text.Right(
                    models.Func(
                        "text", models.Value("\\D"), models.Value(""), models.Value("g"), function="regexp_replace"
                    ),
                    11,
                ),
                "case_id",
                name="text_by_phone",
                condition=models.Q(("field", "reporter_phone"), ("text__isnull", False)),
            ),
        ),
    ]
