import { expect, test } from "vitest";
import { PhraseMenuElement } from "./phrase-menu";

customElements.define("phrase-menu", PhraseMenuElement);

function form(): HTMLTextAreaElement {
  document.body.innerHTML =
    '<textarea id="f-opinion"></textarea><phrase-menu for="f-opinion"><details><summary>常用语</summary>' +
    "<button type=button data-phrase>同意。</button><button type=button data-phrase>不同意，理由：</button></details></phrase-menu>";
  return document.querySelector("textarea") as HTMLTextAreaElement;
}

const phrases = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-phrase]")];
const press = (from: Element, key: string, altKey = false): boolean =>
  from.dispatchEvent(new KeyboardEvent("keydown", { key, altKey, bubbles: true, cancelable: true }));

test("a phrase is written where the cursor stands, and what was typed stays", () => {
  const field = form();
  field.value = "经研究，请办理。";
  field.setSelectionRange(4, 4);
  phrases()[0]?.click();
  expect(field.value).toBe("经研究，同意。请办理。");
  expect(document.activeElement).toBe(field);
});

test("Alt and an arrow open the menu, arrows move in it, Escape leads back", () => {
  const field = form();
  field.focus();
  press(field, "ArrowDown", true);
  const menu = document.querySelector("details");
  expect([menu?.open, document.activeElement]).toEqual([true, phrases()[0]]);
  press(phrases()[0] as Element, "ArrowDown");
  expect(document.activeElement).toBe(phrases()[1]);
  press(phrases()[1] as Element, "Escape");
  expect([menu?.open, document.activeElement]).toEqual([false, field]);
});

test("an arrow alone stays the field's own", () => {
  const field = form();
  press(field, "ArrowDown");
  expect(document.querySelector("details")?.open).toBe(false);
});
