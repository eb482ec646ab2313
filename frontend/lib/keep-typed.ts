/**
 * What was typed into the form of an act outlives a session that ended meanwhile: it is kept in this tab until it was sent, and
 * comes back when the same account opens the same form again. Another one who comes to the tab finds nothing of it: a caller's name
 * and number stay with whoever typed them. Files that have come to the server come back by their digests. Others cannot be kept: a
 * browser gives none back; their names are, and a sentence says which are to be chosen again.
 */
import type { FilePickElement } from "../elements/file-pick";

const PREFIX = "typed:";
const FILE = "-file";
const LEFT_OUT = new Set(["csrfmiddlewaretoken", "key", "seq"]);

export function keepTyped(page: Document): void {
  forget(ofAccount(page));
  page.addEventListener("input", (event) => keep(event.target));
  page.addEventListener("change", (event) => keep(event.target));
  page.addEventListener("htmx:afterSwap", () => giveBack(page));
  page.body.addEventListener("acted", () => forget());
  giveBack(page);
}

function keep(target: EventTarget | null): void {
  const form = target instanceof HTMLElement ? target.closest<HTMLFormElement>("form.act") : null;
  if (!form) return;
  const typed = [...new FormData(form)].filter(
    (pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "" && !LEFT_OUT.has(pair[0]),
  );
  const files = [...new FormData(form)].flatMap(([, value]) =>
    value instanceof File && value.name !== "" ? [[FILE, value.name]] : [],
  );
  sessionStorage.setItem(nameOf(form), JSON.stringify([...typed, ...files]));
}

/** Fills a form that is as the server drew it with what was typed into it before; one with a mistake holds it already. */
export function giveBack(page: Document): void {
  const form = page.querySelector<HTMLFormElement>("form.act:not([data-kept])");
  if (!form) return;
  form.dataset["kept"] = "";
  if (form.querySelector(".wrong")) return;
  const typed: unknown = JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "[]");
  if (!Array.isArray(typed)) return;
  const byName = new Map<string, string[]>();
  for (const [name, value] of typed as [string, string][]) byName.set(name, [...(byName.get(name) ?? []), value]);
  for (const [name, values] of byName) {
    const fields = [...form.querySelectorAll<Field>(`[name="${CSS.escape(name)}"]`)];
    fields.forEach((field, n) => {
      if (fill(field, values, n)) field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  for (const pick of form.querySelectorAll<FilePickElement>("file-pick")) {
    pick.giveBack?.(byName.get(pick.field) ?? []);
  }
  sayFiles(form, byName.get(FILE) ?? []);
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Gives the n-th field of a name what was typed under that name; returns whether it can be given anything. */
function fill(field: Field, values: string[], n: number): boolean {
  if (field.type === "file" || field.type === "hidden") return false;
  if (field instanceof HTMLSelectElement && field.multiple) {
    for (const option of field.options) option.selected = values.includes(option.value);
  } else if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
    field.checked = values.includes(field.value);
  } else {
    field.value = values[n] ?? values[0] ?? "";
  }
  return true;
}

function sayFiles(form: HTMLFormElement, files: readonly string[]): void {
  if (files.length === 0 || form.querySelector(".choose-again")) return;
  const line = document.createElement("p");
  line.className = "choose-again";
  line.setAttribute("role", "status");
  line.textContent = document.documentElement.lang.startsWith("en")
    ? `What you typed is kept. Choose these files again, a browser keeps none: ${files.join(", ")}`
    : `已填写的内容仍在。请重新选择这些文件（浏览器不保留文件）：${files.join("、")}`;
  form.querySelector("h2")?.after(line);
}

/** Forgets all at the door of somebody who has signed out. Whose session ended comes to it on the way to a page, and goes on there. */
export function forgetAtTheDoor(page: Document): void {
  if (page.querySelector<HTMLInputElement>("main.door input[name=next]")?.value === "") forget();
}

function forget(butOf?: string): void {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && !(butOf && name.startsWith(butOf))) sessionStorage.removeItem(name);
  }
}

function ofAccount(page: Document): string {
  return `${PREFIX}${page.body.dataset["account"] ?? ""}:`;
}

function nameOf(form: HTMLFormElement): string {
  return ofAccount(form.ownerDocument) + (form.getAttribute("action") ?? "");
}
