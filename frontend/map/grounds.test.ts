import { expect, test } from "vitest";
import { asWords, groundsOf, layersOf } from "./grounds";

const PICTURE = {
  name: "raster-1",
  title: "影像",
  kind: "overlay",
  tiles: ["/rasters/1/{z}/{x}/{y}.webp"],
  tileSize: 512,
};

test("what the server lists is read with the address of this server, and what is none of it is left out", () => {
  const found = groundsOf(
    { items: [PICTURE, { ...PICTURE, name: "a b" }, { ...PICTURE, tiles: [] }, 7] },
    "https://here",
  );
  expect(found).toHaveLength(1);
  expect(found[0]?.tiles).toEqual(["https://here/rasters/1/{z}/{x}/{y}.webp"]);
  expect(found[0]?.vectors).toEqual([]);
});

test("a picture is one layer, vectors are areas, lines and points of each of theirs", () => {
  const [picture] = groundsOf({ items: [PICTURE] }, "");
  const [vectors] = groundsOf({ items: [{ ...PICTURE, vectors: ["roads", "water"] }] }, "");
  if (!picture || !vectors) throw new Error("both are listed");
  expect(layersOf(picture, 0.5)).toMatchObject([{ type: "raster", paint: { "raster-opacity": 0.5 } }]);
  expect(layersOf(vectors, 1).map((one) => one.type)).toEqual(["fill", "line", "circle", "fill", "line", "circle"]);
});

test("words stay words where MapLibre reads HTML", () => {
  expect(asWords("<img src=x onerror=y> & GS(2025)1号")).toBe("&lt;img src=x onerror=y&gt; &amp; GS(2025)1号");
});
