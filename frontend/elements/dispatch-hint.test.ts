import { afterEach, expect, test } from "vitest";
import { DispatchHintElement } from "./dispatch-hint";

customElements.define("dispatch-hint", DispatchHintElement);

function form(reason = ""): HTMLFormElement {
  const made = document.createElement("form");
  made.innerHTML = `<div class="field"><select name="department"><option value="HW" selected>HW</option><option value="SZ">SZ</option></select></div>
    <div class="field" id="why"><input name="other_reason" value="${reason}"></div>
    <dispatch-hint suggested="HW"><span data-choose="SZ">SZ</span></dispatch-hint>`;
  document.body.append(made);
  return made;
}

afterEach(() => document.body.replaceChildren());

test("why another department was chosen is asked only when another is", () => {
  const made = form();
  const why = made.querySelector<HTMLElement>("#why");
  expect(why?.hidden).toBe(true);
  made.querySelector<HTMLButtonElement>("button[data-choose]")?.click();
  expect(made.querySelector("select")?.value).toBe("SZ");
  expect(why?.hidden).toBe(false);
});

test("a reason that was typed stays in sight", () => {
  expect(form("agreed by phone").querySelector<HTMLElement>("#why")?.hidden).toBe(false);
});
