"""A small mapping and the rows that go with it, for the tests of this room."""

from typing import Any

from cityloop.intake.rules.mapping import RequestMapping
from cityloop.intake.rules.mapping_file import read_mapping

MAPPING = """\
name: sample
file: {id: number}
jurisdiction: {code: "990299", name: 样城}
time_zone: America/New_York
calendar:
  weekly: {mon-fri: ["08:00-12:00", "13:00-17:00"]}
times:
  reported: {column: opened}
  closed: {column: closed}
  due: {column: due}
position: {lon: lon, lat: lat}
grid: {cell_m: 500}
departments:
  - {code: roads, name: 道路处, kind: municipal}
  - {code: lamps, name: 路灯处, kind: lighting}
own_classes:
  - key: gb47678_2026/event/10999
    name_zh: 其他诉求
    name_en: Other request
    kind: street
    filing_zh: 其他
    filing_en: Other
    closing_zh: 已答复
    closing_en: Answered
    limit: {amount: 5, unit: work_day}
    note: For the rest.
classes:
  column: kind
  values:
    Pothole: {category: gb47678_2026/event/06013, condition: c1, department: roads}
    Lamp: {category: gb47678_2026/part/01037, department: lamps, fit: near}
  prefixes:
    Road: {category: gb47678_2026/event/06013, department: roads}
    "Road: ice": {category: gb47678_2026/event/10001, department: roads}
  default: {category: gb47678_2026/event/10999, department: roads}
source:
  column: channel
  values: {Phone: hotline}
  default: web
status:
  column: status
  values:
    Closed: {treat: closed}
    Duplicate: {ended_as: duplicate}
    Open: {treat: open}
    Spam: {treat: refuse, note: The source calls it spam.}
texts:
  description: ["{kind}", "{text}"]
  address: ["{street} {house}", "{town}"]
refuse:
  - {column: text, holds: "(?i)drill", note: An exercise.}
"""

ROW: dict[str, Any] = {
    "number": "17-4",
    "opened": "2019-03-01 09:00:00",
    "closed": "2019-03-02 10:30:00",
    "due": "2019-03-04",
    "lon": "-76.612189",
    "lat": "39.290385",
    "kind": "Pothole",
    "channel": "Phone",
    "status": "Closed",
    "text": "",
    "street": "FALLS RD",
    "house": "3300",
    "town": "Hampden",
}


def sample(*changes: tuple[str, str]) -> RequestMapping:
    """Return the mapping with each old text of it replaced by the new one."""
    text = MAPPING
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return read_mapping(text, "sample.yaml")
