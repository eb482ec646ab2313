import { beforeAll, expect, test } from "vitest";
import { LivePartElement } from "./live-part";

beforeAll(() => customElements.define("live-part", LivePartElement));

test("one box ticks all the others, and none of another part", () => {
  document.body.innerHTML = `<live-part mark="/m" known="1"><table><thead><tr><th><input type="checkbox" data-all></th></tr></thead>
    <tbody><tr><td><input type="checkbox"></td></tr><tr><td><input type="checkbox"></td></tr></tbody></table></live-part>
    <table><tbody><tr><td><input type="checkbox" id="other"></td></tr></tbody></table>`;
  const all = document.querySelector<HTMLInputElement>("[data-all]");
  if (!all) throw new Error("no box");
  all.click();
  expect(document.querySelectorAll("live-part tbody input:checked")).toHaveLength(2);
  expect(document.querySelector<HTMLInputElement>("#other")?.checked).toBe(false);
});
