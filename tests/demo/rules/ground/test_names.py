from itertools import islice

from cityloop.demo.rules.chance import chance
from cityloop.demo.rules.ground.names import lane_name, road_names, stems


def test_no_stem_comes_twice() -> None:
    drawn = list(islice(stems(chance(1, "names")), 2000))
    assert len(set(drawn)) == len(drawn) == 2000
    assert all(len(stem) == 2 for stem in drawn)


def test_roads_of_the_walls_the_bank_and_the_axis_have_their_names() -> None:
    keys = ["column/4", "column/3/1", "column/3/-1", "column/5", "row/2", "bank/1", "u/1.1/n", "u/1.1/s"]
    names = road_names(keys, 4, ("column/3/1", "column/5", "row/2"), chance(1, "names"))
    assert names["column/4"] == "云汀大道"
    assert [names[key] for key in ("column/3/1", "column/5", "row/2")] == ["环城西路", "环城东路", "环城北路"]
    assert names["bank/1"] == "滨江北路"
    assert names["u/1.1/n"] != names["u/1.1/s"], "without a bridge the other bank has another name"
    assert len(set(names.values())) == len(names)


def test_lanes_are_numbered_as_on_road_signs() -> None:
    source = chance(1, "lanes")
    assert [lane_name("柳堤", number, source)[:-1] for number in (1, 10, 12, 20, 31)] == [
        "柳堤一", "柳堤十", "柳堤十二", "柳堤二十", "柳堤三十一",
    ]  # fmt: skip
