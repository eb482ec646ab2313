import { describe, expect, it } from "vitest";
import type { Point } from "../places";
import { areaOf, lengthOf, metresBetween } from "./geodesy";

/** What the geodesics of GeographicLib say, which PostGIS uses too. */
describe("on the ground", () => {
  it.each<[Point, Point, number]>([
    [[114.3, 30.6], [114.31, 30.6], 959.006],
    [[114.3, 30.6], [114.3, 30.61], 1108.627],
    [[114.3, 30.6], [114.4, 30.7], 14655.434],
    [[24.94, 60.17], [24.95, 60.17], 555.135],
  ])("measures from %j to %j", (from, to, metres) => {
    expect(metresBetween(from, to)).toBeCloseTo(metres, 1);
    expect(metresBetween(to, from)).toBeCloseTo(metresBetween(from, to), 6);
  });

  it("adds up the pieces of a line", () => {
    const line: Point[] = [
      [114.3, 30.6],
      [114.31, 30.6],
      [114.31, 30.61],
    ];
    expect(lengthOf(line)).toBeCloseTo(959.006 + 1108.627, 1);
    expect(lengthOf(line.slice(0, 1))).toBe(0);
  });

  it("knows the area of a ring, whichever way it runs", () => {
    const ring: Point[] = [
      [114.3, 30.6],
      [114.31, 30.6],
      [114.31, 30.61],
      [114.3, 30.61],
    ];
    expect(areaOf(ring)).toBeGreaterThan(1_063_120);
    expect(areaOf(ring)).toBeLessThan(1_063_130);
    expect(areaOf([...ring].reverse())).toBeCloseTo(areaOf(ring), 3);
    expect(areaOf([...ring, ring[0] as Point])).toBeCloseTo(areaOf(ring), 3);
    expect(areaOf(ring.slice(0, 2))).toBe(0);
  });
});
