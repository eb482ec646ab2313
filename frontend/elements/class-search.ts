/**
 * `<class-search><select>…</select></class-search>`: a field to type a word or a code into, which narrows the classes of the
 * select below it. Without a script the select alone does.
 */
export class ClassSearchElement extends HTMLElement {
  connectedCallback(): void {
    const select = this.querySelector("select");
    if (!select || this.querySelector("input")) return;
    const field = document.createElement("input");
    field.type = "search";
    field.autocomplete = "off";
    field.placeholder = isEnglish() ? "A word, initials or a code" : "输入名称、拼音首字母或代码";
    field.setAttribute("aria-label", field.placeholder);
    this.prepend(field);
    this.#offerFirst(field, select);
    this.#offerStar(select);
    const found = document.createElement("div");
    found.className = "chips found";
    found.setAttribute("role", "status");
    found.hidden = true;
    field.after(found);
    select.addEventListener("change", () => remember(select.value));
    field.addEventListener("input", () => this.#offerFound(found, select, narrow(select, field.value), field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = [...select.options].find((option) => option.value && !option.hidden);
      if (first) choose(select, first.value);
    });
  }

  /** Shows what fits the typed words where that is not one class alone: the person chooses, never the page. */
  #offerFound(row: HTMLElement, select: HTMLSelectElement, fitting: readonly HTMLOptionElement[], typed: string): void {
    row.hidden = typed.trim() === "" || fitting.length === 1;
    row.replaceChildren();
    if (row.hidden) return;
    for (const option of fitting.slice(0, MOST_FOUND)) {
      const chip = chipOf(select, option.value, option.text);
      chip.addEventListener("click", () => {
        row.hidden = true;
      });
      row.append(chip);
    }
    const more = fitting.length - MOST_FOUND;
    const words = isEnglish()
      ? more > 0
        ? `and ${more} more: type on`
        : "No class has this name, these initials or this code"
      : more > 0
        ? `还有 ${more} 个，请继续输入`
        : "没有匹配的小类";
    if (more > 0 || fitting.length === 0) row.append(words);
  }

  /** Shows the favourites and the classes that were used last as buttons between the field and the list. */
  #offerFirst(field: HTMLInputElement, select: HTMLSelectElement): void {
    const liked = [...select.options].filter((option) => "favourite" in option.dataset).map((option) => option.value);
    const known = new Map([...select.options].map((option) => [option.value, option.text]));
    const last = lastChosen().filter((key) => known.has(key) && !liked.includes(key));
    this.querySelector(".last-used")?.remove();
    if (liked.length + last.length === 0) return;
    const row = document.createElement("div");
    row.className = "chips last-used";
    for (const key of [...liked, ...last]) {
      const chip = chipOf(select, key, known.get(key) ?? key);
      chip.classList.toggle("liked", liked.includes(key));
      row.append(chip);
    }
    field.after(row);
  }

  /** A star beside the list keeps the chosen class among one's favourites on the server, or takes it from them. */
  #offerStar(select: HTMLSelectElement): void {
    const address = this.getAttribute("favourites");
    const field = this.querySelector("input");
    if (!address || !field) return;
    const star = document.createElement("button");
    star.type = "button";
    star.className = "favourite";
    const line = document.createElement("div");
    line.className = "class-line";
    select.replaceWith(line);
    line.append(select, star);
    const show = (): void => {
      const option = select.options[select.selectedIndex];
      const liked = option !== undefined && "favourite" in option.dataset;
      star.disabled = !option?.value;
      star.textContent = liked ? "★" : "☆";
      star.setAttribute("aria-pressed", String(liked));
      star.setAttribute("aria-label", isEnglish() ? "Favourite class" : "收藏此类别");
      star.title = star.getAttribute("aria-label") ?? "";
    };
    select.addEventListener("change", show);
    star.addEventListener("click", async () => {
      const option = select.options[select.selectedIndex];
      if (!option?.value) return;
      const on = !("favourite" in option.dataset);
      if (!(await keepFavourite(address, option.value, on, select.form))) return;
      if (on) option.dataset["favourite"] = "";
      else delete option.dataset["favourite"];
      show();
      this.#offerFirst(field, select);
    });
    show();
  }
}

/** A button that chooses a class. */
function chipOf(select: HTMLSelectElement, key: string, words: string): HTMLButtonElement {
  const chip = document.createElement("button");
  chip.type = "button";
  chip.className = "chip";
  chip.textContent = words;
  chip.addEventListener("click", () => choose(select, key));
  return chip;
}

function choose(select: HTMLSelectElement, key: string): void {
  select.value = key;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

const isEnglish = (): boolean => document.documentElement.lang.startsWith("en");

async function keepFavourite(
  address: string,
  key: string,
  on: boolean,
  form: HTMLFormElement | null,
): Promise<boolean> {
  const body = new URLSearchParams({ category: key, on: on ? "1" : "" });
  const token = form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  try {
    return (await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": token }, redirect: "error" })).ok;
  } catch {
    return false; // The star stays as it was.
  }
}

const LAST = "class-search";
const MOST = 6;
const MOST_FOUND = 8;

/** The classes that were chosen last in this browser, the latest first. */
export function lastChosen(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(LAST) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === "string") : [];
  } catch {
    return [];
  }
}

function remember(key: string): void {
  if (!key) return;
  try {
    localStorage.setItem(LAST, JSON.stringify([key, ...lastChosen().filter((one) => one !== key)].slice(0, MOST)));
  } catch {
    // A browser that keeps nothing offers nothing.
  }
}

/**
 * Hides what does not hold every word that was typed, and returns the rest. What is left alone, or is called exactly so, is chosen;
 * a class that does not fit any more is not: a clerk must not file what they do not see.
 */
export function narrow(select: HTMLSelectElement, typed: string): HTMLOptionElement[] {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of select.options) {
    const text = `${option.text.toLowerCase()} ${option.dataset["sound"] ?? ""}`;
    option.hidden = option.value !== "" && !words.every((word) => text.includes(word));
  }
  for (const group of select.querySelectorAll("optgroup")) {
    group.hidden = [...group.querySelectorAll("option")].every((option) => option.hidden);
  }
  const shown = [...select.options].filter((option) => option.value && !option.hidden);
  if (words.length === 0) return shown;
  const whole = words.join(" ");
  const exact = shown.filter(
    (option) => option.dataset["sound"] === whole || option.text.toLowerCase().split(/\s+/).includes(whole),
  );
  const only = exact.length === 1 ? exact[0] : shown.length === 1 ? shown[0] : undefined;
  const isUnseen = select.value !== "" && !shown.some((option) => option.value === select.value);
  if (only && only.value !== select.value) choose(select, only.value);
  else if (!only && isUnseen) choose(select, "");
  return only ? [only] : shown;
}
