/**
 * `<condition-choice><select>…</select></condition-choice>`: of all filing conditions those of the class that is chosen in the
 * same form, and below them the limit and the closing condition of the chosen one.
 */
export class ConditionChoiceElement extends HTMLElement {
  #all: HTMLOptionElement[] = [];

  connectedCallback(): void {
    const select = this.querySelector("select");
    const classes = this.closest("form")?.querySelector<HTMLSelectElement>("select[name=category]");
    if (!select) return;
    if (this.#all.length === 0) this.#all = [...select.options];
    const note = this.querySelector("small") ?? this.appendChild(document.createElement("small"));
    const show = (): void => {
      note.textContent = select.selectedOptions[0]?.dataset["told"] ?? "";
    };
    const offer = (): void => {
      const held = select.value;
      const fitting = this.#all.filter((option) => !option.value || option.dataset["class"] === classes?.value);
      select.replaceChildren(...(classes ? fitting : this.#all));
      const first = fitting.find((option) => option.value)?.value ?? "";
      select.value = fitting.some((option) => option.value === held && held) ? held : first;
      show();
    };
    classes?.addEventListener("change", offer);
    select.addEventListener("change", show);
    offer();
  }
}
