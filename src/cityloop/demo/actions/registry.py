"""What the field says of the demo city's parts, a survey under way, photos of some: no page of the data administrator stands empty."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from cityloop.assets.actions.proposing import Proposed, decide, propose
from cityloop.assets.actions.surveying import begin_survey, mark
from cityloop.assets.choices import ChangeKind, Seen
from cityloop.assets.queries import NearPart, parts_near
from cityloop.demo.actions.picturing import Photographer
from cityloop.demo.rules.pictures import Shot, View
from cityloop.demo.rules.sights import Subject
from cityloop.geography.queries import extent
from cityloop.organisation.queries import City, city, viewer_of
from cityloop.organisation.rules.staffing import Viewer

COVERS = ("01001", "01002", "01003", "01004", "01007")
TREES = ("04002",)
SURVEYED, CONFIRMED = "01001", 12
NEAR_M, MOST = 2_000.0, 40
DUE = timedelta(days=30)

SAID: tuple[tuple[ChangeKind, dict[str, str], str, Subject], ...] = (
    (ChangeKind.CHANGED, {"state": "damaged"}, "井盖边缘破裂，车辆经过时有响动。", Subject.COVER),
    (ChangeKind.CHANGED, {"state": "lost"}, "井盖缺失，现场已设警示桩。", Subject.COVER),
    (ChangeKind.CHANGED, {"remark": "井盖已更换为球墨铸铁。"}, "上月更换，部件信息未更新。", Subject.COVER),
    (ChangeKind.MOVED, {}, "道路改造后移至人行道内侧。", Subject.COVER),
    (ChangeKind.GONE, {}, "现场已无此部件，地面已填平。", Subject.PAVING),
    (ChangeKind.CHANGED, {"state": "damaged"}, "树干倾斜，需要支护。", Subject.TREE),
)  # fmt: skip
NEW_SAID = "新装井盖，部件库中没有。"
ACCEPTED, REFUSED = 2, 5
"""Which of them the data administrator has decided already."""
REFUSED_BECAUSE = "已与养护单位核实：树木为斜干品种，状态完好。"


def keep_registry(code: str, *, seed: int, streets: int, present: datetime, now: datetime) -> int:
    """Let collectors propose changes of parts near the middle of the city, decide two, begin a survey; return how many were proposed.

    Args:
        code: Of the city; it lives already, so that its clock is its own.
        seed: Draws the photos.
        streets: As for ``Photographer``.
        present: The city's time.
        now: The machine's.
    """
    home = city(code)
    [keeper, *_more] = home.holders("data_admin", at=present)
    [collector, *_others] = home.holders("collector", at=present)
    covers, trees = _near(home, COVERS), _near(home, TREES)
    photographer = Photographer(code, collector, seed=seed, streets=streets, now=now)
    by, decider = viewer_of(collector, present), viewer_of(keeper, present)
    made = []
    spare = iter(covers)
    for number, (kind, values, words, subject) in enumerate(SAID):
        part = trees[0] if subject is Subject.TREE and trees else next(spare, None)
        if part is None:
            continue
        proposed = Proposed(
            kind,
            uuid5(NAMESPACE_OID, f"{seed} part {number}"),
            code=part.code,
            values=values,
            position=f"POINT ({part.lon + 5e-5:.7f} {part.lat + 3e-5:.7f})" if kind is ChangeKind.MOVED else "",
            words=words,
            photos=[photographer(f"part {part.code}", Shot(subject, View.CLOSE), "")],
        )
        made.append(propose(by, code, proposed, now))
        if number in {ACCEPTED, REFUSED}:
            reason = "" if number == ACCEPTED else REFUSED_BECAUSE
            decide(decider, [made[-1]], accepts=number == ACCEPTED, reason=reason, at=now, anyway=True)
    if covers:
        place = f"POINT ({covers[0].lon + 1e-4:.7f} {covers[0].lat + 1e-4:.7f})"
        new = Proposed(
            ChangeKind.NEW, uuid5(NAMESPACE_OID, f"{seed} new part"), class_code=SURVEYED, values={"state": "intact"}, position=place,
            words=NEW_SAID,
        )  # fmt: skip
        made.append(propose(by, code, new, now))
    _survey(home, by, decider, [part.code for part in covers if part.class_code == SURVEYED], now)
    return len(made)


def _near(home: City, classes: tuple[str, ...]) -> list[NearPart]:
    west, south, east, north = extent(home.code, home.today())
    return parts_near(
        home, (west + east) / 2, (south + north) / 2, on=home.today(), classes=classes, within_m=NEAR_M, most=MOST
    )


def _survey(home: City, by: Viewer, decider: Viewer, codes: list[str], now: datetime) -> None:
    survey = begin_survey(
        decider, home.code, "井盖年度更新普查", classes=[SURVEYED], area="", due_on=home.today() + DUE, at=now
    )
    if codes:
        mark(by, survey, codes[-CONFIRMED:], Seen.CONFIRMED, now)
