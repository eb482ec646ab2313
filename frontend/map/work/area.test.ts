import { describe, expect, it } from "vitest";
import type { Point } from "../places";
import { areaAsked, areaTold, boxOf, shapeOf } from "./area";
import { toldArea, toldCount, toldLength } from "./told";

const CORNERS: Point[] = [
  [114.3, 30.6],
  [114.31, 30.6],
  [114.31, 30.61],
];

describe("an area in an address", () => {
  it.each([
    { shape: shapeOf("polygon", CORNERS), buffer: 0 },
    { shape: shapeOf("line", CORNERS), buffer: 12.5 },
    { shape: shapeOf("point", CORNERS), buffer: 200 },
  ])("comes back as it was", ({ shape, buffer }) => {
    if (!shape) throw new TypeError("no shape");
    expect(areaAsked(areaTold({ shape, buffer }))).toEqual({ shape, buffer });
  });

  it.each([
    "",
    "polygon",
    "polygon:0:1,2 3,4",
    "circle:5:1,2",
    "point:-5:1,2",
    "point:5:1",
    "point:5:200,2",
    "line:x:1,2 3,4",
  ])("is none: %s", (text) => {
    expect(areaAsked(text)).toBeNull();
  });

  it("needs enough corners for its kind", () => {
    expect(shapeOf("polygon", CORNERS.slice(1))).toBeNull();
    expect(shapeOf("line", CORNERS.slice(2))).toBeNull();
    expect(shapeOf("point", [])).toBeNull();
    expect(boxOf([1, 2], [3, 4])).toEqual([
      [1, 2],
      [3, 2],
      [3, 4],
      [1, 4],
    ]);
  });
});

describe("numbers", () => {
  it("are told in the unit that people say", () => {
    expect(toldCount(12345, "en")).toBe("12,345");
    expect(toldLength(12.34, "en")).toBe("12.3 m");
    expect(toldLength(845.4, "en")).toBe("845 m");
    expect(toldLength(12345, "en")).toBe("12.35 km");
    expect(toldArea(50.25, "en")).toBe("50.3 m²");
    expect(toldArea(123_456, "en")).toBe("12.35 ha");
    expect(toldArea(98_765_432, "en")).toBe("98.77 km²");
  });
});
