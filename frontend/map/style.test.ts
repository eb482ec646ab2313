import { expect, test } from "vitest";
import { layerOf, styleOf, themeOf } from "./style";

const body = () => ({
  version: 8,
  sources: { ground: { type: "vector", tiles: ["/tiles/roads/{z}/{x}/{y}.mvt"] } },
  layers: [],
  metadata: { "cityloop:colours": { land: "#fff" }, "cityloop:layers": [{ name: "roads" }], "cityloop:groups": [] },
});

test("addresses of tiles are whole, since a worker has no page", () => {
  const style = styleOf(body(), "https://city.example/desk?x");
  expect((style.document.sources["ground"] as { tiles: string[] }).tiles).toEqual([
    "https://city.example/tiles/roads/{z}/{x}/{y}.mvt",
  ]);
  expect(style.layers[0]?.name).toBe("roads");
});

test("what is no style of ours is refused", () => {
  for (const wrong of [null, 3, {}, { ...body(), version: 7 }, { ...body(), metadata: {} }]) {
    expect(() => styleOf(wrong, "https://city.example")).toThrow(TypeError);
  }
});

test("a theme that is named holds, else the system's", () => {
  expect([themeOf("screen", false), themeOf("pink", true), themeOf(null, false)]).toEqual(["screen", "dark", "light"]);
});

test("a layer of the style knows what it draws", () => {
  expect([layerOf({ "cityloop:layer": "roads" }), layerOf(undefined), layerOf({ x: 1 })]).toEqual(["roads", "", ""]);
});
