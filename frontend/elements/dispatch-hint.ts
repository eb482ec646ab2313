/**
 * `<dispatch-hint suggested="HW">` stands in the form of a dispatch: the departments it names become buttons that choose them,
 * and the field that asks why another was chosen is shown only when another is. Without a script that field is always there.
 */
export class DispatchHintElement extends HTMLElement {
  #form: HTMLFormElement | null = null;

  connectedCallback(): void {
    this.#form = this.closest("form");
    for (const place of this.querySelectorAll<HTMLElement>("span[data-choose]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset["choose"] = place.dataset["choose"] ?? "";
      button.textContent = place.textContent;
      place.replaceWith(button);
    }
    this.addEventListener("click", this.#choose);
    this.#form?.addEventListener("change", this.#show);
    this.#show();
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#choose);
    this.#form?.removeEventListener("change", this.#show);
  }

  get #department(): HTMLSelectElement | null {
    return this.#form?.querySelector<HTMLSelectElement>("select[name=department]") ?? null;
  }

  #choose = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-choose]") : null;
    const department = this.#department;
    if (!button || !department) return;
    department.value = button.dataset["choose"] ?? "";
    department.dispatchEvent(new Event("change", { bubbles: true }));
    department.focus();
  };

  #show = (): void => {
    const why = this.#form?.querySelector<HTMLElement>("[name=other_reason]");
    const field = why?.closest<HTMLElement>(".field");
    if (!field || !(why instanceof HTMLInputElement || why instanceof HTMLTextAreaElement)) return;
    const suggested = this.getAttribute("suggested") ?? "";
    const chosen = this.#department?.value ?? "";
    field.hidden = why.value === "" && (suggested === "" || chosen === "" || chosen === suggested);
  };
}
