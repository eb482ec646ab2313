import { expect, test } from "vitest";
import { passedSince, runAt } from "./city-clock";

test("the city's time passes as the bar says, from then on", () => {
  expect(passedSince(100, 400)).toBe(300);
  runAt(30, 1000);
  expect(passedSince(900, 1100)).toBe(100 + 100 * 30);
  runAt(30, 1200); // as before: nothing new
  runAt(0, 2000);
  expect(passedSince(1500, 9000)).toBe(500 * 30);
  expect(passedSince(3000, 9000)).toBe(0);
});
