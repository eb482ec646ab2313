import { beforeEach, expect, test } from "vitest";
import { forgetAtTheDoor, giveBack, keepTyped } from "./keep-typed";

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
  document.body.dataset["account"] = "7";
});

test("a form that is opened again holds what was typed, all of several choices too", () => {
  keepTyped(document);
  field<HTMLTextAreaElement>("opinion").value = "两家一起看";
  field<HTMLInputElement>("point.lon").value = "120.5";
  field<HTMLInputElement>("kind").checked = true;
  field<HTMLInputElement>("kind", 1).checked = false;
  field("opinion").dispatchEvent(new Event("input", { bubbles: true }));
  const kept = JSON.parse(sessionStorage.getItem("typed:7:/desk/cases/1/consult") ?? "[]");
  // What a browser gives of a list of several choices; the stand-in for one gives the first alone.
  sessionStorage.setItem("typed:7:/desk/cases/1/consult", JSON.stringify([...kept, ["co", "a"], ["co", "c"]]));
  document.body.innerHTML = FORM;
  giveBack(document);
  expect(field<HTMLTextAreaElement>("opinion").value).toBe("两家一起看");
  expect(field<HTMLInputElement>("point.lon").value).toBe("120.5");
  expect([...field<HTMLSelectElement>("co").selectedOptions].map((one) => one.value)).toEqual(["a", "c"]);
  expect([0, 1].map((n) => field<HTMLInputElement>("kind", n).checked)).toEqual([true, false]);
  expect(field<HTMLInputElement>("seq").value).toBe("4");
});

test("a form that came back with a mistake stays as the server drew it", () => {
  sessionStorage.setItem("typed:7:/desk/cases/1/consult", JSON.stringify([["opinion", "old"]]));
  document.querySelector("form")?.insertAdjacentHTML("beforeend", `<span class="wrong">x</span>`);
  giveBack(document);
  expect(field<HTMLTextAreaElement>("opinion").value).toBe("");
});

const REPORT =
  '<form class="act" action="/desk/report"><h2>上报</h2><input type="hidden" name="key" value="k"><textarea name="description"></textarea>' +
  '<input type="file" name="photos.close" multiple></form>';

test("what was typed comes back into the same form, and the files to choose again are named", () => {
  sessionStorage.setItem(
    "typed:7:/desk/report",
    JSON.stringify([
      ["description", "井盖翘起"],
      ["-file", "盖.jpg"],
      ["-file", "路口.jpg"],
    ]),
  );
  document.body.innerHTML = REPORT;
  giveBack(document);
  expect(document.querySelector("textarea")?.value).toBe("井盖翘起");
  expect(document.querySelector(".choose-again")?.textContent).toContain("盖.jpg、路口.jpg");
});

test("of a chosen file the name is kept, and of the form's own fields nothing", () => {
  document.body.innerHTML = REPORT;
  keepTyped(document);
  const field = document.querySelector<HTMLInputElement>("[type=file]") as HTMLInputElement;
  const chosen = new DataTransfer();
  chosen.items.add(new File(["x"], "盖.jpg", { type: "image/jpeg" }));
  field.files = chosen.files;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  expect(JSON.parse(sessionStorage.getItem("typed:7:/desk/report") ?? "[]")).toEqual([["-file", "盖.jpg"]]);
});

test("whoever comes to the tab after somebody else finds nothing that was typed", () => {
  keepTyped(document);
  field<HTMLTextAreaElement>("opinion").value = "王女士 13800000000";
  field("opinion").dispatchEvent(new Event("input", { bubbles: true }));
  document.body.innerHTML = FORM;
  document.body.dataset["account"] = "8";
  giveBack(document);
  expect(field<HTMLTextAreaElement>("opinion").value).toBe("");
  document.body.innerHTML = FORM;
  keepTyped(document);
  expect(Object.keys(sessionStorage)).toEqual([]);
});

test("at the door all is forgotten, unless a session ended on the way to a page", () => {
  const door = (next: string): string => `<main class="door"><form><input name="next" value="${next}"></form></main>`;
  sessionStorage.setItem("typed:7:/desk/report", "[]");
  sessionStorage.setItem("other", "stays");
  for (const [html, left] of [
    [FORM, 2],
    [door("/desk/report"), 2],
    [door(""), 1],
  ] as const) {
    document.body.innerHTML = html;
    forgetAtTheDoor(document);
    expect(Object.keys(sessionStorage).length).toBe(left);
  }
});
