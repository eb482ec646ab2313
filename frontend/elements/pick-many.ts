const SHOWN = 40;

/**
 * `<pick-many><select multiple>…</select></pick-many>`: what is chosen as chips that a click takes away, a field to type into,
 * and what matches below it. The select stays the one that is sent; without a script it is there by itself.
 */
export class PickManyElement extends HTMLElement {
  #select: HTMLSelectElement | null = null;
  #field = document.createElement("input");
  #chips = document.createElement("div");
  #found = document.createElement("div");

  connectedCallback(): void {
    this.#select = this.querySelector("select");
    if (!this.#select || this.querySelector(".picked")) return;
    const english = document.documentElement.lang.startsWith("en");
    const label = this.#select.labels?.[0]?.textContent?.trim() ?? "";
    this.#chips.className = "picked";
    this.#found.className = "to-pick";
    this.#found.setAttribute("role", "group");
    this.#found.setAttribute("aria-label", label);
    this.#field.type = "search";
    this.#field.autocomplete = "off";
    this.#field.disabled = this.#select.matches(":disabled");
    this.#field.placeholder = english ? "A word or a code" : "输入名称或代码";
    this.#field.setAttribute("aria-label", `${label} · ${this.#field.placeholder}`);
    this.#select.hidden = true;
    this.append(this.#chips, this.#field, this.#found);
    this.#field.addEventListener("input", this.#show);
    this.#field.addEventListener("focus", this.#show);
    this.#field.addEventListener("keydown", this.#enter);
    this.addEventListener("click", this.#click);
    this.addEventListener("focusout", this.#leave);
    this.#select.addEventListener("change", this.#draw);
    this.#draw();
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#click);
    this.removeEventListener("focusout", this.#leave);
    this.#select?.removeEventListener("change", this.#draw);
  }

  #options(): HTMLOptionElement[] {
    return [...(this.#select?.options ?? [])];
  }

  /** Shows what is chosen, here or elsewhere on the page. */
  #draw = (): void => {
    this.#chips.replaceChildren(
      ...this.#options()
        .filter((one) => one.selected)
        .map((one) => button(one, `${one.text} ×`)),
    );
  };

  #show = (): void => {
    const words = this.#field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const left = this.#options().filter((one) => !one.selected && holds(one.text, words));
    this.#found.replaceChildren(...left.slice(0, SHOWN).map((one) => button(one, one.text)));
  };

  #enter = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    this.#found.querySelector("button")?.click();
  };

  #click = (event: Event): void => {
    const pressed =
      event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-value]") : null;
    const option = this.#options().find((one) => one.value === pressed?.dataset["value"]);
    if (!pressed || !option || this.#field.disabled) return;
    option.selected = !option.selected;
    this.#select?.dispatchEvent(new Event("change", { bubbles: true }));
    this.#field.value = "";
    this.#show();
    this.#field.focus();
  };

  #leave = (event: FocusEvent): void => {
    if (!(event.relatedTarget instanceof Node) || !this.contains(event.relatedTarget)) this.#found.replaceChildren();
  };
}

export function holds(text: string, words: string[]): boolean {
  const folded = text.toLowerCase();
  return words.every((word) => folded.includes(word));
}

function button(option: HTMLOptionElement, text: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset["value"] = option.value;
  made.textContent = text;
  return made;
}
