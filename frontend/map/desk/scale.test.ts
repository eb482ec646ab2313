import { expect, test } from "vitest";
import {
  distanceTold,
  frameOf,
  metresOfPoint,
  POINT_MM,
  roundDistance,
  SCALES,
  scaleOfZoom,
  zoomOfScale,
} from "./scale";

test("a scale gives a zoom, and the zoom that scale", () => {
  for (const scale of SCALES)
    for (const lat of [0, 22.5, 31, 53, -35]) {
      expect(scaleOfZoom(zoomOfScale(scale, lat), lat)).toBeCloseTo(scale, 6);
    }
});

test("a metre of paper at 1 : 1000 is a kilometre of the ellipsoid, within a half per cent in either direction", () => {
  // Lengths of a degree of latitude and of longitude on WGS 84, in metres (as geodesy's tables have them).
  for (const [lat, north, east] of [
    [0, 110_574, 111_320],
    [30, 110_852, 96_486],
    [45, 111_132, 78_847],
  ] as const) {
    const points = 1000 / POINT_MM;
    const zoom = zoomOfScale(1000, lat);
    const degreesEast = (points * 360) / (512 * 2 ** zoom);
    const degreesNorth = degreesEast * Math.cos((lat * Math.PI) / 180);
    expect(Math.abs(degreesEast * east - 1000)).toBeLessThan(5);
    expect(Math.abs(degreesNorth * north - 1000)).toBeLessThan(5);
    expect(metresOfPoint(lat, zoom) * points).toBeCloseTo(1000, 6);
  }
});

test("distances are round and said as people say them", () => {
  expect([9, 10, 19, 20, 49, 50, 999, 1000, 2600].map(roundDistance)).toEqual([5, 10, 10, 20, 20, 50, 500, 1000, 2000]);
  expect([0.5, 200, 1000, 2500].map(distanceTold)).toEqual(["0.5 m", "200 m", "1 km", "2.5 km"]);
});

test("the map leaves room for margins, head and foot", () => {
  expect(frameOf("A4", false)).toEqual({ width: 190, height: 229 });
  expect(frameOf("A3", true)).toEqual({ width: 400, height: 229 });
  expect(frameOf("A9", false)).toEqual(frameOf("A4", false));
});
