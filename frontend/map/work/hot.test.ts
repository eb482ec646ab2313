import { describe, expect, it } from "vitest";
import { type Heat, heatOf, histogram, hottest, points, spanOf, within } from "./hot";

const HEAT: Heat = {
  unit: "day",
  length: 2,
  since: "2026-05-01",
  until: "2026-05-04",
  steps: ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04"],
  cells: [
    [114.3, 30.6],
    [114.31, 30.6],
  ],
  counts: [0, 0, 3, 0, 1, 1, 1, 3, 5],
  choices: {},
  zoom: 14,
};

describe("heat", () => {
  it("counts by step and by cell, each case once", () => {
    expect(histogram(HEAT)).toEqual([3, 1, 0, 5]);
    expect(within(HEAT, 0, 4)).toEqual([4, 5]);
    expect(within(HEAT, 1, 3)).toEqual([1, 0]);
    expect(points(HEAT, within(HEAT, 1, 3)).features.map((one) => one.properties)).toEqual([{ n: 1 }]);
  });

  it("says from which day to which a window reaches", () => {
    expect(spanOf(HEAT, 1)).toEqual(["2026-05-01", "2026-05-02"]);
    expect(spanOf(HEAT, 0)).toEqual(["2026-05-01", "2026-05-01"]);
    expect(spanOf(HEAT, 3)).toEqual(["2026-05-03", "2026-05-04"]);
  });

  it("is never hotter than something", () => {
    expect(hottest(HEAT)).toBeGreaterThan(1);
    expect(hottest({ ...HEAT, cells: [], counts: [] })).toBe(1);
  });

  it("is refused where it is none", () => {
    expect(() => heatOf({ steps: [] })).toThrow(TypeError);
    expect(() => heatOf(null)).toThrow(TypeError);
    expect(heatOf(HEAT)).toBe(HEAT);
  });
});
