import { expect, test } from "vitest";
import { isWanted, reasonFor, standingOf } from "./sound";

test("a new call is told before a new red light, and less of either is no news", () => {
  const before = { called: 7, reds: 2 };
  expect(reasonFor(before, { called: 9, reds: 3 })).toBe("called");
  expect(reasonFor(before, { called: 7, reds: 3 })).toBe("red");
  expect(reasonFor(before, { called: 3, reds: 1 })).toBe(null);
  expect(reasonFor(before, before)).toBe(null);
});

test("a list says how it stands; one that says nothing stands at nothing", () => {
  document.body.innerHTML = `<work-list><form data-reds="2" data-called="41"></form></work-list>`;
  expect(standingOf(document.body)).toEqual({ called: 41, reds: 2 });
  document.body.innerHTML = "";
  expect(standingOf(document.body)).toEqual({ called: 0, reds: 0 });
});

test("only a browser that asked for sounds hears them", () => {
  expect(isWanted(document)).toBe(false);
  document.documentElement.setAttribute("data-sound", "");
  expect(isWanted(document)).toBe(true);
  document.documentElement.removeAttribute("data-sound");
});
