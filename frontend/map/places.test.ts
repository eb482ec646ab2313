import { expect, test } from "vitest";
import { boundsOf, chosenOf, namesOf, pinsOf, pointOf, polygonOf, spotOf, told, withSpot } from "./places";

test("a point is two degrees, and nothing else", () => {
  expect(pointOf("120.5, 30.25")).toEqual([120.5, 30.25]);
  for (const wrong of [null, "", "120.5", "120.5,", "x,y", "200,30", "120,88", "1,2,3", "NaN,1"])
    expect(pointOf(wrong)).toBeNull();
});

test("bounds run from south-west to north-east", () => {
  expect(boundsOf("1,2,3,4")).toEqual([1, 2, 3, 4]);
  expect(boundsOf("3,2,1,4")).toBeNull();
});

test("the spot in an address comes back as it went in, and leaves the rest alone", () => {
  const hash = withSpot("#tab=2", { lon: 120.123456, lat: 30.5, zoom: 14.5 });
  expect(hash).toBe("#tab=2&map=14.50/30.50000/120.12346");
  expect(spotOf(hash)).toEqual({ lon: 120.12346, lat: 30.5, zoom: 14.5 });
  for (const wrong of ["", "#map=", "#map=99/1/1", "#map=a/b/c", "#map=3/91/0"]) expect(spotOf(wrong)).toBeNull();
});

test("an area has three corners at least, and its ring is closed", () => {
  expect(
    polygonOf([
      [0, 0],
      [1, 0],
    ]),
  ).toBeNull();
  expect(
    polygonOf([
      [0, 0],
      [1, 0],
      [1, 1],
    ])?.coordinates[0],
  ).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 0],
  ]);
});

test("names and numbers as people write them", () => {
  expect(namesOf(" parts, duty_grids ")).toEqual(["parts", "duty_grids"]);
  expect(told([120.1, 30])).toBe("120.10000, 30.00000");
});

test("pins are taken where they are places with words, and nothing else is", () => {
  const pin = { lon: 120, lat: 30, words: "12 m" };
  expect(pinsOf(JSON.stringify([pin, { lon: 999, lat: 30, words: "" }, 5, null, { lon: 1, lat: 2 }]))).toEqual([pin]);
  expect(pinsOf("{")).toEqual([]);
  expect(pinsOf(null)).toEqual([]);
});

test("chosen areas are a level and codes", () => {
  expect(chosenOf(" street 990101001  990101002 ")).toEqual({ level: "street", codes: ["990101001", "990101002"] });
  expect(chosenOf("grid")).toEqual({ level: "grid", codes: [] });
  expect(chosenOf(null)).toEqual({ level: "", codes: [] });
});
