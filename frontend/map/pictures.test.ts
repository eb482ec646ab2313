import { expect, test } from "vitest";
import { sizeOf } from "./pictures";

test("a picture is known by its name", () => {
  expect(sizeOf("case:lamp:red")).toBeGreaterThan(30);
  expect(sizeOf("cluster:green")).toBeGreaterThan(30);
  expect(sizeOf("arrow")).toBeNull();
});
