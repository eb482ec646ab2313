import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "./define";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-04-30T09:00:00+08:00") });
  document.documentElement.lang = "en";
});
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

function clock(due: string, text = "as the server wrote it"): HTMLElement {
  const element = document.createElement("due-clock");
  element.setAttribute("due", due);
  element.textContent = text;
  document.body.append(element);
  return element;
}

test("it shows the time left and turns late by itself", () => {
  const element = clock("2026-04-30T09:01:00+08:00");
  expect([element.textContent, element.dataset["state"]]).toEqual(["1 min left", "open"]);
  vi.advanceTimersByTime(3 * 60_000);
  expect([element.textContent, element.dataset["state"]]).toEqual(["2 min late", "late"]);
});

test("a changed due time is shown at once", () => {
  const element = clock("2026-04-30T09:10:00+08:00");
  element.setAttribute("due", "2026-04-30T10:20:00+08:00");
  expect(element.textContent).toBe("1 h 20 min left");
});

test("what cannot be read leaves the server's text", () => {
  expect(clock("soon").textContent).toBe("as the server wrote it");
});

test("a removed clock stops ticking", () => {
  clock("2026-04-30T09:10:00+08:00").remove();
  expect(vi.getTimerCount()).toBe(0);
});
