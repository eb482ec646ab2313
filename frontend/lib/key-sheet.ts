/** The sheet of keys: what is fixed stands in it, what the page shows now is gathered when it opens. */
export function openKeySheet(page: Document): void {
  const sheet = page.querySelector<HTMLDialogElement>("dialog#keys");
  if (!sheet || sheet.open) return;
  const here = sheet.querySelector("[data-here]");
  here?.replaceChildren(...gathered(page).map(([key, words]) => line(page, key, words)));
  sheet.showModal();
}

/** Every key that takes something on the page now, with what it is called, each once. */
export function gathered(page: Document): [string, string][] {
  const found = new Map<string, string>();
  for (const one of page.querySelectorAll<HTMLElement>("[data-key]")) {
    const key = one.dataset["key"] ?? "";
    if (key && key !== "?" && !found.has(key)) found.set(key, named(one));
  }
  return [...found].filter(([, words]) => words !== "");
}

function named(one: HTMLElement): string {
  const words =
    one.getAttribute("aria-label") ?? one.getAttribute("title") ?? one.getAttribute("placeholder") ?? one.textContent;
  return (words ?? "").replace(/\s+/g, " ").trim();
}

function line(page: Document, key: string, words: string): HTMLElement {
  const row = page.createElement("div");
  const name = page.createElement("dt");
  const mark = page.createElement("kbd");
  mark.textContent = key;
  name.append(mark);
  const said = page.createElement("dd");
  said.textContent = words;
  row.append(name, said);
  return row;
}
