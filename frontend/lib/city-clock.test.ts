import { expect, test } from "vitest";
import { cityIsAt, passedSince } from "./city-clock";

test("the city's time passes as it was seen to pass, and on from the last look as that one says", () => {
  expect(passedSince(100, 400)).toBe(300);
  cityIsAt(50_000, 1, 1000);
  expect(passedSince(900, 1100)).toBe(200);
  expect(passedSince(1000, 2000)).toBe(1000);
  cityIsAt(650_000, 600, 2000); // it went 600 times as fast, which is known only now
  expect(passedSince(1000, 2000)).toBe(600_000);
  expect(passedSince(1500, 2000)).toBe(300_000);
  expect(passedSince(1500, 2010)).toBe(300_000 + 6_000);
  cityIsAt(700_000, 0, 3000);
  expect(passedSince(2000, 9000)).toBe(50_000);
  expect(passedSince(3000, 9000)).toBe(0);
});
