import { describe, expect, it } from "vitest";
import type { Point } from "../places";
import { answerOf, cornersOf, type Grid, holdNear, holds, middleOf, pulled } from "./shapes";

const properties = { code: "", community: "", area: 1, parts: 0, cuts: 0, flaws: [] };
const square = (id: number, x: number, y: number): Grid => ({
  type: "Feature",
  id,
  properties,
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [x, y],
        [x + 1, y],
        [x + 1, y + 1],
        [x, y + 1],
        [x, y],
      ] as Point[],
    ],
  },
});
const project = ([lon, lat]: Point) => ({ x: lon * 100, y: -lat * 100 });

describe("what can be taken hold of", () => {
  it("is a corner rather than the side beside it", () => {
    expect(holdNear([square(1, 0, 0)], { x: 97, y: -98 }, project, 8)).toEqual({ kind: "corner", at: [1, 1] });
  });
  it("is a side, at the place nearest to the pointer", () => {
    const hold = holdNear([square(1, 0, 0)], { x: 50, y: -97 }, project, 8);
    expect(hold).toMatchObject({ kind: "side", one: [1, 1], other: [0, 1] });
    expect(hold?.at[0]).toBeCloseTo(0.5);
  });
  it("is nothing in the middle of a grid", () => {
    expect(holdNear([square(1, 0, 0)], { x: 50, y: -50 }, project, 8)).toBeNull();
  });
});

describe("a border that is pulled", () => {
  it("moves a corner in each grid that shares it, at the end of its ring too", () => {
    const hold = { kind: "corner", at: [1, 1] } as const;
    const moved = [square(1, 0, 0), square(2, 1, 1)].map((one) => pulled(one, hold, [1.2, 1.3]));
    expect(moved[0]?.geometry.coordinates[0]?.[2]).toEqual([1.2, 1.3]);
    expect(moved[1]?.geometry.coordinates[0]?.[0]).toEqual([1.2, 1.3]);
    expect(moved[1]?.geometry.coordinates[0]?.[4]).toEqual([1.2, 1.3]);
  });
  it("gets a corner in both grids beside a side, and others stay themselves", () => {
    const hold = { kind: "side", at: [1, 0.5], one: [1, 0], other: [1, 1] } as const;
    const far = square(3, 5, 5);
    expect(pulled(square(2, 1, 0), hold, [1.1, 0.5]).geometry.coordinates[0]).toHaveLength(6);
    expect(pulled(square(1, 0, 0), hold, [1.1, 0.5]).geometry.coordinates[0]).toHaveLength(6);
    expect(pulled(far, hold, [1.1, 0.5])).toBe(far);
  });
});

it("knows what lies in a grid, the middle of a line, and each corner once", () => {
  expect(holds(square(1, 0, 0), [0.5, 0.5])).toBe(true);
  expect(holds(square(1, 0, 0), [1.5, 0.5])).toBe(false);
  expect(
    middleOf([
      [0, 0],
      [1, 0],
      [1, 3],
    ] as Point[]),
  ).toEqual([1, 1]);
  expect(middleOf([[0, 0]] as Point[])).toBeNull();
  expect(cornersOf(square(1, 0, 0))).toHaveLength(4);
});

it("refuses an answer that is none", () => {
  expect(() => answerOf({ detail: "no" })).toThrow(TypeError);
  expect(answerOf({ step: 2, features: [] })).toMatchObject({ step: 2, last: 2, gone: [], exact: true, more: false });
});
