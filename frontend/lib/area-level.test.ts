import { afterEach, expect, test } from "vitest";
import { chooseAreas } from "./area-level";

afterEach(() => document.body.replaceChildren());

function form(): HTMLSelectElement {
  document.body.innerHTML = `<select data-level><option value=""></option><option value="street"></option><option value="grid"></option></select>
    <div data-of-level="street"><select id="r-streets" multiple><option value="1">A</option><option value="2" selected>B</option></select></div>
    <div data-of-level="grid"><select id="r-grids" multiple><option value="g">G</option></select></div><p id="areas-map"></p>`;
  chooseAreas(document);
  return document.querySelector("select") as HTMLSelectElement;
}

function click(detail: Record<string, unknown>): void {
  document.querySelector("#areas-map")?.dispatchEvent(new CustomEvent("map-place", { detail, bubbles: true }));
}

function filled(): string | null | undefined {
  return document.querySelector("#areas-map")?.getAttribute("chosen");
}

test("the lists of the chosen level alone are shown", () => {
  const level = form();
  level.value = "grid";
  level.dispatchEvent(new Event("change", { bubbles: true }));
  expect([...document.querySelectorAll<HTMLElement>("[data-of-level]")].map((one) => one.hidden)).toEqual([
    true,
    false,
  ]);
  expect(filled()).toBe("grid");
});

test("a click on the map takes an area of the level, the next one gives it back", () => {
  const level = form();
  level.value = "street";
  click({ street: "1", duty_grid: "g" });
  expect(filled()).toBe("street 1 2");
  click({ street: "2" });
  expect(filled()).toBe("street 1");
  level.value = "grid";
  click({ street: "1", duty_grid: "g" });
  expect(filled()).toBe("grid g");
});

test("a click before a level is chosen chooses streets, and a place outside the city nothing", () => {
  const level = form();
  click({ street: "1" });
  expect([level.value, filled()]).toEqual(["street", "street 1 2"]);
  click({ words: "outside" });
  expect(filled()).toBe("street 1 2");
});

test("what may not be edited stays", () => {
  const level = form();
  level.disabled = true;
  click({ street: "1" });
  expect(level.value).toBe("");
});
