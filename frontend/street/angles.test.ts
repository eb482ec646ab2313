import { describe, expect, it } from "vitest";
import { bearing, moved, shareOf, slice, turned, turnTo, wayTo } from "./angles";

describe("directions", () => {
  it("stay within a circle", () => {
    expect(turned(-90)).toBe(270);
    expect(turned(725)).toBe(5);
    expect(turnTo(350, 10)).toBe(20);
    expect(turnTo(10, 350)).toBe(-20);
  });

  it("lead there and back", () => {
    for (const direction of [0, 45, 90, 200, 359]) {
      expect(turnTo(direction, bearing([120, 30], moved([120, 30], direction, 40)))).toBeCloseTo(0, 1);
    }
  });

  it("make a slice that begins and ends where one stands", () => {
    const corners = slice([120, 30], 90, 60, 30);
    expect(corners[0]).toEqual(corners.at(-1));
    expect(bearing([120, 30], corners[1] ?? [0, 0])).toBeCloseTo(60, 0);
  });

  it("choose the way one looks along", () => {
    const ways = [{ bearing: 90 }, { bearing: 270 }];
    expect(wayTo(ways, 100)).toEqual({ bearing: 90 });
    expect(wayTo(ways, 180)).toBeDefined();
    expect(wayTo([{ bearing: 0 }], 180)).toBeUndefined();
  });

  it("find their place in a flat panorama", () => {
    expect(shareOf(90, 90)).toBe(0.5);
    expect(shareOf(180, 90)).toBe(0.75);
    expect(shareOf(0, 90)).toBe(0.25);
  });
});
