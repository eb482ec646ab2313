import { expect, test, vi } from "vitest";
import { State } from "./state";

test("what is kept stands in the query, readable", () => {
  const write = vi.fn();
  const state = new State("?day=2026-04-30", write);
  state.set("layers", "cases,parts");
  expect(write).toHaveBeenLastCalledWith("?day=2026-04-30&layers=cases,parts");
  state.set("day", null);
  expect(state.query).toBe("?layers=cases,parts");
  state.set("layers", "");
  expect(state.query).toBe("");
});

test("nothing is written where nothing changes", () => {
  const write = vi.fn();
  new State("?heat=day", write).set("heat", "day");
  expect(write).not.toHaveBeenCalled();
});

test("what is no key is refused, and what is too long is not kept", () => {
  const state = new State("", () => {});
  for (const key of ["", "Day", "a&b", "x".repeat(21), "1a"]) expect(() => state.set(key, "1")).toThrow(TypeError);
  state.set("area", "x".repeat(5000));
  expect(state.get("area")).toBeNull();
});

test("the keys of tools are told apart from the desk's own", () => {
  expect(new State("?day=2026-04-30&heat=week&tool=heat&void=", () => {}).ofTools).toEqual({ heat: "week" });
});
