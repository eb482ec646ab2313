import { expect, test } from "vitest";
import { cityTime } from "./city-time";

const AT = Date.UTC(2026, 6, 3, 2, 5);

test("it is the city's time, in the reader's language", () => {
  expect(cityTime(AT, "Asia/Shanghai", "zh-hans")).toContain("7月3日");
  expect(cityTime(AT, "Asia/Shanghai", "zh-hans")).toContain("10:05");
  expect(cityTime(AT, "Asia/Shanghai", "zh-hans")).toContain("周五");
  expect(cityTime(AT, "Asia/Shanghai", "en")).toContain("10:05");
  expect(cityTime(AT, "UTC", "en")).toContain("02:05");
});
