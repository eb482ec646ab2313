import { afterEach, expect, test } from "vitest";
import { BatchBarElement } from "./batch-bar";

customElements.define("batch-bar", BatchBarElement);

function list(numbers: string[]): HTMLElement {
  const made = document.createElement("div");
  made.className = "work";
  made.innerHTML = `${numbers.map((n) => `<input type="checkbox" name="number" value="${n}" form="batch">`).join("")}
    <form id="batch"></form><batch-bar form="batch"><b data-count></b><button type="button" data-ticks="none">×</button></batch-bar>`;
  document.body.replaceChildren(made);
  return made;
}

function tick(made: HTMLElement, number: string): void {
  const box = made.querySelector<HTMLInputElement>(`input[value="${number}"]`);
  if (!box) throw new Error("no box");
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

afterEach(() => {
  document.querySelector<HTMLElement>("[data-ticks]")?.click();
  document.body.replaceChildren();
});

test("the bar is there only while something is ticked", () => {
  const made = list(["1", "2"]);
  const bar = made.querySelector<HTMLElement>("batch-bar");
  expect(bar?.hidden).toBe(true);
  tick(made, "2");
  expect(bar?.hidden).toBe(false);
  expect(bar?.querySelector("[data-count]")?.textContent).toBe("1");
});

test("ticks outlive a list that comes anew, but not the cases that have left it", () => {
  tick(list(["1", "2"]), "1");
  tick(list(["1", "2"]), "2");
  const anew = list(["2", "3"]);
  expect([...anew.querySelectorAll<HTMLInputElement>("input:checked")].map((one) => one.value)).toEqual(["2"]);
});
