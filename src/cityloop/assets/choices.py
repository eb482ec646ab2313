"""The words of the parts registry."""

from django.db.models import TextChoices

from cityloop.kernel.translation import lazy as _


class PartState(TextChoices):
    """How a part stands (部件状态).

    Source:
        GB/T 47678.5-2026, attributes of a part, as the domain page grid-and-codes 2.3 has them.
    """

    INTACT = "intact", _("Intact")  # 完好
    DAMAGED = "damaged", _("Damaged")  # 破损
    LOST = "lost", _("Lost")  # 丢失
    ABANDONED = "abandoned", _("Abandoned")  # 废弃
    REMOVED = "removed", _("Removed")  # 移除
