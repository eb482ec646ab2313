/** The pure pieces of the desk's tools, each beside its law. */
import { expect, test } from "vitest";
import { groundsAsked, groundsOf, groundsTold } from "../grounds";
import type { ToldLayer } from "../style";
import { itemsOf, step } from "./find";
import { thingOf, thingsOf } from "./here";
import { isCalled } from "./layers";
import { fileName } from "./picture";
import { nearestScale } from "./print";
import { State } from "./state";
import { moved } from "./swipe";
import { stateOf } from "./themes";
import { filled } from "./words";

const layer = (more: Partial<ToldLayer> = {}): ToldLayer => ({
  name: "parts",
  title: "Parts",
  group: "parts",
  shown: true,
  live: false,
  columns: { code: "Code", name: "Name", state: "State", count: "How many" },
  legend: [],
  words: { state: { lost: "Lost" } },
  page: "/desk/parts/{code}",
  ...more,
});

test("grounds are read and told with their opacity; what is none is left out", () => {
  expect([...groundsAsked("air:0.8 topo bad/name x:9")]).toEqual([
    ["air", 0.8],
    ["topo", 1],
    ["x", 1],
  ]);
  expect(groundsTold(groundsAsked("air:0.8 topo"))).toBe("air:0.8 topo");
  const good = {
    name: "air",
    title: "Air",
    kind: "base",
    tiles: ["/rasters/1/{z}/{x}/{y}.webp"],
    bounds: [1, 2, 3, 4],
  };
  const [one, ...others] = groundsOf(
    { items: [good, null, { ...good, kind: "x" }, { ...good, tiles: [] }] },
    "https://c.example",
  );
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    tiles: ["https://c.example/rasters/1/{z}/{x}/{y}.webp"],
    tileSize: 256,
    bounds: [1, 2, 3, 4],
  });
  expect(groundsOf({ detail: "no" }, "https://c.example")).toEqual([]);
});

test("a thing tells its facts in words and leads to its page", () => {
  const thing = thingOf(layer(), { code: "9901", name: "Lamp", state: "lost" });
  expect(thing).toMatchObject({ title: "Lamp", page: "/desk/parts/9901" });
  expect(thing?.facts).toEqual([
    ["Code", "9901"],
    ["State", "Lost"],
  ]);
  expect(thingOf(layer(), { count: 7 })).toBeNull();
  expect(thingOf(layer(), { kind: "green" })).toBeNull();
});

test("a thing of several pieces is told once, in the order in which it lies", () => {
  const hit = (sourceLayer: string, code: string) => ({ sourceLayer, properties: { code } });
  const found = thingsOf([hit("parts", "1"), hit("grids", "7"), hit("parts", "1"), hit("own", "x")], {
    layers: [layer(), layer({ name: "grids", page: "" })],
  });
  expect(found.map((one) => [one.layer.name, one.title])).toEqual([
    ["parts", "1"],
    ["grids", "7"],
  ]);
});

test("arrows walk round what was found, and nonsense of the server is left out", () => {
  expect([step(0, "ArrowDown", 2), step(1, "ArrowDown", 2), step(0, "ArrowUp", 2), step(-1, "ArrowUp", 2)]).toEqual([
    1, 0, 1, 1,
  ]);
  expect(step(0, "ArrowDown", 0)).toBe(-1);
  const items = itemsOf({
    items: [
      { title: "A", kind: "Road", box: [1, 2, 3, 4], at: [1, 2] },
      { title: 3 },
      null,
      { title: "B", kind: "Post", box: null },
    ],
  });
  expect(items.map((one) => [one.title, one.box])).toEqual([
    ["A", [1, 2, 3, 4]],
    ["B", null],
  ]);
  expect(itemsOf(null)).toEqual([]);
});

test("the line between two maps stays within them", () => {
  expect([
    moved(1, "ArrowLeft"),
    moved(50, "ArrowRight"),
    moved(95, "PageUp"),
    moved(5, "Home"),
    moved(5, "a"),
  ]).toEqual([0, 52, 100, 0, null]);
});

test("a layer is called by a piece of its title, a file by what every system takes", () => {
  expect([
    isCalled(layer(), " par"),
    isCalled(layer(), "PART"),
    isCalled(layer(), ""),
    isCalled(layer(), "road"),
  ]).toEqual([true, true, true, false]);
  expect([fileName('a/b: "c"\n'), fileName("???"), fileName("东区")]).toEqual(["a b c", "map", "东区"]);
  expect([nearestScale(1400), nearestScale(1), nearestScale(1e9)]).toEqual([1000, 500, 50_000]);
  expect(filled("{n} of {m}", { n: 3 })).toBe("3 of {m}");
});

test("a theme keeps what is shown, where, and what tools keep; the usual layers have no list", () => {
  const desk = {
    state: new State("?layers=parts&heat=week&tool=heat", () => {}),
    shown: [layer()],
    ground: new Map([["air", 0.5]]),
    day: null,
  };
  expect(stateOf(desk, "#map=16/30/120")).toEqual({
    layers: ["parts"],
    ground: { air: 0.5 },
    day: null,
    spot: [16, 30, 120],
    kept: { heat: "week" },
  });
  expect(stateOf({ ...desk, state: new State("", () => {}) }, "")).toMatchObject({
    layers: null,
    spot: null,
    kept: {},
  });
});
