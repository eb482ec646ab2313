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
    field.placeholder = document.documentElement.lang.startsWith("en") ? "A word or a code" : "输入名称或代码";
    field.setAttribute("aria-label", field.placeholder);
    this.prepend(field);
    field.addEventListener("input", () => narrow(select, field.value));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = [...select.options].find((option) => option.value && !option.hidden);
      if (first) {
        select.value = first.value;
        select.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }
}

/** Hides what does not hold every word that was typed. */
export function narrow(select: HTMLSelectElement, typed: string): void {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of select.options) {
    const text = option.text.toLowerCase();
    option.hidden = option.value !== "" && !words.every((word) => text.includes(word));
  }
  for (const group of select.querySelectorAll("optgroup")) {
    group.hidden = [...group.querySelectorAll("option")].every((option) => option.hidden);
  }
  if (words.length > 0) {
    const shown = [...select.options].filter((option) => option.value && !option.hidden);
    if (shown[0] && (select.selectedOptions[0]?.hidden || !select.value)) {
      select.value = shown[0].value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}
