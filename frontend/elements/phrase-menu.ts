/**
 * `<phrase-menu for="f-opinion"><details>…<button data-phrase>…</button></details></phrase-menu>`: a press on a phrase writes it
 * into the field, where its cursor stands. Alt ↓ in the field opens the menu, ↑ ↓ move in it, Esc goes back. Without a script
 * the phrases can be read and copied.
 */
export class PhraseMenuElement extends HTMLElement {
  #field: HTMLTextAreaElement | HTMLInputElement | null = null;

  connectedCallback(): void {
    const field = document.getElementById(this.getAttribute("for") ?? "");
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
    this.#field = field;
    field.addEventListener("keydown", this.#opened);
    field.setAttribute("aria-keyshortcuts", "Alt+ArrowDown");
    this.addEventListener("click", this.#pressed);
    this.addEventListener("keydown", this.#moved);
  }

  disconnectedCallback(): void {
    this.#field?.removeEventListener("keydown", this.#opened as EventListener);
    this.removeEventListener("click", this.#pressed);
    this.removeEventListener("keydown", this.#moved);
  }

  #opened = (event: Event): void => {
    if (!(event instanceof KeyboardEvent) || event.key !== "ArrowDown" || !event.altKey) return;
    const menu = this.querySelector("details");
    if (!menu) return;
    event.preventDefault();
    menu.open = true;
    this.querySelector<HTMLElement>("[data-phrase]")?.focus();
  };

  #pressed = (event: Event): void => {
    const phrase = event.target instanceof Element ? event.target.closest("[data-phrase]") : null;
    if (phrase) this.#write(phrase.textContent ?? "");
  };

  #moved = (event: KeyboardEvent): void => {
    const phrases = [...this.querySelectorAll<HTMLElement>("[data-phrase]")];
    const at = phrases.findIndex((one) => one === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") this.#close();
    else if (step === undefined || phrases.length === 0) return;
    else phrases[(at + step + phrases.length) % phrases.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };

  #write(text: string): void {
    const field = this.#field;
    if (!field) return;
    field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.#close();
  }

  #close(): void {
    const menu = this.querySelector("details");
    if (menu) menu.open = false;
    this.#field?.focus();
  }
}
