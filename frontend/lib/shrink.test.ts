import { expect, test } from "vitest";
import { fitted, LONG_SIDE } from "./shrink";

test("a photo keeps its shape and gets no larger", () => {
  expect(fitted(4000, 3000)).toEqual([LONG_SIDE, 1200]);
  expect(fitted(3000, 4000)).toEqual([1200, LONG_SIDE]);
  expect(fitted(800, 600)).toEqual([800, 600]);
  expect(fitted(20_000, 3)).toEqual([LONG_SIDE, 1]);
});
