import { afterEach, expect, test } from "vitest";
import { PickManyElement } from "./pick-many";

customElements.define("pick-many", PickManyElement);

function field(): HTMLElement {
  const made = document.createElement("pick-many");
  made.innerHTML = `<select multiple><option value="a" selected>Alpha</option><option value="b">Beta</option><option value="c">Gamma</option></select>`;
  document.body.append(made);
  return made;
}

afterEach(() => document.body.replaceChildren());

function chosen(made: HTMLElement): string[] {
  return [...(made.querySelector("select")?.selectedOptions ?? [])].map((one) => one.value);
}

test("what is typed narrows what can be picked, and Enter picks the first", () => {
  const made = field();
  const typed = made.querySelector("input");
  if (!typed) throw new Error("no field");
  typed.value = "gam";
  typed.dispatchEvent(new Event("input"));
  expect([...made.querySelectorAll(".to-pick button")].map((one) => one.textContent)).toEqual(["Gamma"]);
  typed.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
  expect(chosen(made)).toEqual(["a", "c"]);
});

test("a chip takes away what was picked", () => {
  const made = field();
  made.querySelector<HTMLButtonElement>(".picked button")?.click();
  expect(chosen(made)).toEqual([]);
});
