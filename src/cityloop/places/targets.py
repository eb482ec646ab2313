"""What files become in this room: roads, buildings, areas, points of interest, addresses. The words of OpenStreetMap are known too."""

from typing import Any

from cityloop.assets.rules.imports.fields import Field, FieldKind
from cityloop.assets.rules.imports.rows import Rows
from cityloop.assets.targets import Target, Work
from cityloop.geography.rules.shapes import LINE, POINT, POLYGON
from cityloop.kernel.translation import lazy as _
from cityloop.places.choices import AddressKind, AreaKind, BuildingKind, RoadClass

ROADS = {
    RoadClass.EXPRESSWAY: "motorway motorway_link trunk trunk_link 快速路 高速公路 高速",
    RoadClass.ARTERIAL: "primary primary_link 主干路 主干道 国道",
    RoadClass.SECONDARY: "secondary secondary_link 次干路 次干道 省道",
    RoadClass.LOCAL: "tertiary tertiary_link unclassified residential road 支路 县道 乡道",
    RoadClass.LANE: "living_street service 街巷 巷 小巷 胡同 里弄",
    RoadClass.PATH: "pedestrian footway path steps cycleway track bridleway corridor 步道 人行道 自行车道",
}
BUILDINGS = {
    BuildingKind.RESIDENTIAL: "apartments residential house detached semidetached_house terrace dormitory bungalow 住宅 居住 居民楼",
    BuildingKind.OLD: "old 旧城 老旧小区",
    BuildingKind.COMMERCIAL: "commercial retail office hotel supermarket kiosk 商业 商务 办公 商住",
    BuildingKind.PUBLIC: "public civic government train_station transportation church cathedral temple museum stadium 公共 公建 行政",
    BuildingKind.SCHOOL: "school university college kindergarten 学校 教育",
    BuildingKind.HOSPITAL: "hospital clinic 医院 医疗",
    BuildingKind.INDUSTRIAL: "industrial warehouse factory hangar manufacture 工业 厂房 仓库",
}
AREAS = {
    AreaKind.WATER: "natural=water natural=bay natural=wetland waterway=riverbank landuse=basin landuse=reservoir 水域 水系 水体 河流 湖泊",
    AreaKind.WOOD: "natural=wood natural=scrub natural=heath landuse=forest landuse=orchard landuse=vineyard 林地 森林",
    AreaKind.GREEN: "natural=grassland landuse=grass landuse=meadow landuse=village_green landuse=recreation_ground leisure=garden "
    "leisure=pitch leisure=playground leisure=golf_course leisure=nature_reserve 绿地 草地 街道綠地 綠地 綠帶",
    AreaKind.PARK: "leisure=park 公园 公園 鄰里公園 河濱公園 綜合公園",
    AreaKind.SAND: "natural=beach natural=sand 沙滩",
    AreaKind.SQUARE: "place=square 广场 廣場",
    AreaKind.RESIDENTIAL: "landuse=residential 居住用地",
    AreaKind.COMMERCIAL: "landuse=commercial landuse=retail 商业用地",
    AreaKind.INDUSTRY: "landuse=industrial landuse=railway 工业用地",
    AreaKind.PUBLIC: "landuse=education landuse=institutional 公共用地",
    AreaKind.FARM: "landuse=farmland landuse=farmyard 农田 耕地",
    AreaKind.BLOCK: "block 建设用地 街区",
}
ADDRESSES = {
    AddressKind.DIVISION: "行政区域", AddressKind.BLOCK: "地片与区片 地片 区片", AddressKind.STREET: "街巷",
    AddressKind.DOOR: "门（楼）牌 门牌 楼牌 门楼牌", AddressKind.COMPOUND: "小区 院落 小区、院落",
}  # fmt: skip


def words_for(words: dict[Any, str], values: Any) -> dict[str, Any]:
    """Return what each word of a file stands for; a value stands for itself."""
    return {value.value: value for value in values} | {
        word: value for value, text in words.items() for word in text.split()
    }


REF = Field(
    "ref",
    _("Source number"),
    ("osm_id", "objectid", "fid", "gid", "标识", "编号", "bh", "wybs"),
    FieldKind.CODE,
    most=64,
)


def name(*more: str, most: float = 100, is_needed: bool = False) -> Field:
    return Field("name", _("Name"), ("名称", "mc", "name_zh", "title", *more), most=most, is_needed=is_needed)


ROAD_FIELDS = (
    name("道路名称", "dlmc", "路名", "roadname"),
    Field("road_class", _("Class of the road"), ("highway", "道路等级", "等级", "dldj", "fclass", "class", "type"), FieldKind.CHOICE, choices=words_for(ROADS, RoadClass), default=RoadClass.LOCAL.value, fallback=RoadClass.LOCAL.value),
    Field("is_bridge", _("Bridge"), ("bridge", "桥梁", "是否桥梁"), FieldKind.FLAG),
    Field("width_m", _("Width in m"), ("width", "宽度", "路宽", "kd"), FieldKind.NUMBER, least=0.01, most=499),
    REF,
)  # fmt: skip
BUILDING_FIELDS = (
    name("建筑名称", "jzmc", "楼名"),
    Field("kind", _("Kind"), ("building", "建筑类型", "用途", "jzlx", "yt", "type"), FieldKind.CHOICE, choices=words_for(BUILDINGS, BuildingKind), default=BuildingKind.OTHER.value, fallback=BuildingKind.OTHER.value),
    Field("height_m", _("Height in m"), ("height", "高度", "建筑高度", "gd", "jzgd"), FieldKind.NUMBER, least=0.01, most=1499),
    REF,
)  # fmt: skip
AREA_FIELDS = (
    Field("kind", _("Kind"), ("类型", "类别", "用地类别", "dllx", "lx", "type"), FieldKind.CHOICE, choices=words_for(AREAS, AreaKind), is_needed=True),
    name("地名"),
    REF,
)  # fmt: skip
POI_FIELDS = (
    name("兴趣点名称", "站名", "station", "stationname", "station_name", "summary", "地點", "巷道名稱", "名稱", most=200, is_needed=True),
    Field("kind", _("Kind"), ("类型", "类别", "大类", "中类", "lx", "type", "amenity", "category", "類別", "分類"), most=60),
    Field("address", _("Address"), ("地址", "详细地址", "dz", "addr", "location", "addr_full"), most=300),
    Field("phone", _("Phone"), ("电话", "联系电话", "dh", "tel"), most=60),
    REF,
)  # fmt: skip
ADDRESS_FIELDS = (
    Field("whole", _("Whole address"), ("地址", "标准地址", "详细地址", "地址全称", "dz", "dzqc", "bzdz", "address", "addr", "addr_full")),
    Field("kind", _("Kind"), ("地址类型", "类型", "dzlx"), FieldKind.CHOICE, choices=words_for(ADDRESSES, AddressKind), default=AddressKind.DOOR.value, fallback=AddressKind.DOOR.value),
    Field("division", _("Administrative area"), ("行政区", "行政区划", "xzq", "district", "addr_district", "addr_city", "dist")),
    Field("road", _("Road"), ("街路巷", "道路", "街道名称", "路名", "jlx", "street", "addr_street")),
    Field("number", _("House number"), ("门牌号", "门牌", "mph", "housenumber", "addr_housenumber", "门楼牌号"), most=60),
    Field("compound", _("Compound or building"), ("小区", "小区名称", "院落", "楼栋", "xq", "housename", "addr_housename", "addr_place")),
    REF,
)  # fmt: skip


def judge_address(rows: Rows, work: Work) -> None:
    """Put addresses together of their pieces where the file has no whole one; refuse rows that have neither. Say in which community each lies."""
    del work
    count = len(rows.numbers)
    nothing = [""] * count
    pieces = [rows.texts.get(one, nothing) for one in ("division", "road", "compound", "number")]
    made = [whole or "".join(parts) for whole, *parts in zip(rows.texts.get("whole", nothing), *pieces, strict=True)]
    rows.texts["whole"] = made
    rows.fault([at for at, text in enumerate(made) if not text], "whole", "needed")
    rows.texts["community"] = rows.area.column("community").tolist() if rows.area is not None else nothing


GROUND: dict[str, Any] = {"shape_key": True, "key": "ref"}
TARGETS = (
    Target(name="roads", title=_("Roads"), order=40, fields=ROAD_FIELDS, kinds=frozenset({LINE}), table="places_road", layer="roads", **GROUND),
    Target(name="buildings", title=_("Buildings"), order=50, fields=BUILDING_FIELDS, kinds=frozenset({POLYGON}), table="places_building", layer="buildings", **GROUND),
    Target(name="areas", title=_("Water, green and land"), order=60, fields=AREA_FIELDS, kinds=frozenset({POLYGON}), table="places_area", scope_field="kind", layer="areas", **GROUND),
    Target(name="pois", title=_("Points of interest"), order=70, fields=POI_FIELDS, kinds=frozenset({POINT}), table="places_pointofinterest", several=False, as_point=True, tolerance_m=0.5, kind_field="name", layer="pois", **GROUND),
    Target(name="addresses", title=_("Addresses"), order=80, fields=(*ADDRESS_FIELDS, Field("community", _("Community"))), kinds=frozenset({POINT}), table="places_address", several=False, as_point=True, tolerance_m=0.5, kind_field="whole", judge=judge_address, layer="addresses", **GROUND),
)  # fmt: skip
