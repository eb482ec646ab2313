import { afterEach, expect, test } from "vitest";
import "../elements/define";

afterEach(() => document.body.replaceChildren());

/** The test's DOM has no WebGL, as some browsers of offices have none. */
function map(facts: Record<string, string>, inside = ""): HTMLElement {
  document.documentElement.lang = "en";
  const element = document.createElement("city-map");
  element.innerHTML = inside;
  for (const [name, value] of Object.entries(facts)) element.setAttribute(name, value);
  document.body.append(element);
  return element;
}

test("without WebGL it says so, with address and coordinates", () => {
  const element = map({ marker: "120.005,30.005", address: "1 Willow Lane" });
  expect(element.dataset["state"]).toBe("plain");
  expect(element.textContent).toContain("WebGL");
  expect(element.textContent).toContain("1 Willow Lane");
  expect(element.textContent).toContain("120.00500, 30.00500");
});

test("what the page wrote inside stays, and it says itself once however often it is moved", () => {
  const element = map({}, '<p class="plain">1 Willow Lane</p>');
  document.body.append(element);
  expect(element.querySelectorAll(".said")).toHaveLength(1);
  expect(element.textContent).toContain("1 Willow Lane");
});
