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


class DataSource(TextChoices):
    """Where the record of a part comes from (数据来源)."""

    MEASURED = "measured", _("Measured on site")  # 实测
    TOPOGRAPHIC = "topographic", _("Topographic map")  # 地形图
    BASE_DATA = "base_data", _("Basic geographic data")  # 基础地理数据
    OTHER = "other", _("Other source")  # 其他


class Accuracy(TextChoices):
    """How exactly the position of a part is known (定位精度)."""

    A = "A", _("A: ±0.5 m")
    B = "B", _("B: ±1.0 m")
    C = "C", _("C: ±10 m")


class Origin(TextChoices):
    """By which way a change of a part came."""

    HAND = "hand", _("By hand")
    IMPORT = "import", _("Import")
    PROPOSAL = "proposal", _("Proposal")
    SURVEY = "survey", _("Survey")
    UNDO = "undo", _("Taken back")
    AREAS = "areas", _("New grids")


class ChangeKind(TextChoices):
    """What happened to a part in one change."""

    NEW = "new", _("New")
    CHANGED = "changed", _("Changed")
    MOVED = "moved", _("Moved")
    GONE = "gone", _("Gone")


class Decision(TextChoices):
    """What became of a proposal."""

    WAITING = "waiting", _("To decide")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Sent back")


class Seen(TextChoices):
    """What a survey found of a part."""

    CONFIRMED = "confirmed", _("Confirmed")
    CHANGED = "changed", _("Changed")
    MISSING = "missing", _("Missing")


class Role(TextChoices):
    """What a department has to do with a part."""

    SUPERVISOR = "supervisor", _("Supervisor")
    OWNER = "owner", _("Owner")
    KEEPER = "keeper", _("Keeper")


class ImportState(TextChoices):
    """How far an import is. What is begun in ``CHECKING``, ``APPLYING`` or ``UNDOING`` is gone on with after a worker was killed."""

    CHOOSING = "choosing", _("To set up")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("In the data")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Taken out again")
    DROPPED = "dropped", _("Not taken")
    FAILED = "failed", _("Failed")


class Fate(TextChoices):
    """What becomes of a row."""

    ADDED = "a", _("New")
    CHANGED = "c", _("Changed")
    SAME = "s", _("Unchanged")
    GONE = "g", _("Gone")
    TAKEN = "r", _("Replaced on its first day")
