import { beforeEach, expect, test } from "vitest";
import { giveBack, keepTyped } from "./keep-typed";

const FORM = `<form class="act" action="/desk/cases/1/consult"><input type="hidden" name="seq" value="4">
  <textarea name="opinion"></textarea><input name="point.lon">
  <select name="co" multiple><option value="a">A</option><option value="b">B</option><option value="c">C</option></select>
  <input type="checkbox" name="kind" value="x"><input type="checkbox" name="kind" value="y" checked>
  <input type="file" name="photos"></form>`;

function field<Kind extends HTMLElement>(name: string, n = 0): Kind {
  const found = document.querySelectorAll<Kind>(`[name="${name}"]`)[n];
  if (!found) throw new Error(name);
  return found;
}

beforeEach(() => {
  sessionStorage.clear();
  document.body.innerHTML = FORM;
});

test("a form that is opened again holds what was typed, all of several choices too", () => {
  keepTyped(document);
  field<HTMLTextAreaElement>("opinion").value = "两家一起看";
  field<HTMLInputElement>("point.lon").value = "120.5";
  field<HTMLInputElement>("kind").checked = true;
  field<HTMLInputElement>("kind", 1).checked = false;
  field("opinion").dispatchEvent(new Event("input", { bubbles: true }));
  const kept = JSON.parse(sessionStorage.getItem("typed:/desk/cases/1/consult") ?? "[]");
  // What a browser gives of a list of several choices; the stand-in for one gives the first alone.
  sessionStorage.setItem("typed:/desk/cases/1/consult", JSON.stringify([...kept, ["co", "a"], ["co", "c"]]));
  document.body.innerHTML = FORM;
  giveBack(document);
  expect(field<HTMLTextAreaElement>("opinion").value).toBe("两家一起看");
  expect(field<HTMLInputElement>("point.lon").value).toBe("120.5");
  expect([...field<HTMLSelectElement>("co").selectedOptions].map((one) => one.value)).toEqual(["a", "c"]);
  expect([0, 1].map((n) => field<HTMLInputElement>("kind", n).checked)).toEqual([true, false]);
  expect(field<HTMLInputElement>("seq").value).toBe("4");
});

test("a form that came back with a mistake stays as the server drew it", () => {
  sessionStorage.setItem("typed:/desk/cases/1/consult", JSON.stringify([["opinion", "old"]]));
  document.querySelector("form")?.insertAdjacentHTML("beforeend", `<span class="wrong">x</span>`);
  giveBack(document);
  expect(field<HTMLTextAreaElement>("opinion").value).toBe("");
});
