/**
 * `<caps-note for="id_password" hidden>…</caps-note>` shows itself while Caps Lock is on and the named field has the
 * focus: a password typed in capitals is the commonest reason for a refusal, and nobody can see it.
 */
export class CapsNoteElement extends HTMLElement {
  #field: HTMLElement | null = null;
  readonly #listen = (event: Event): void => {
    if (event instanceof KeyboardEvent) this.hidden = !event.getModifierState("CapsLock");
  };
  readonly #hide = (): void => {
    this.hidden = true;
  };

  connectedCallback(): void {
    this.#field = document.getElementById(this.getAttribute("for") ?? "");
    for (const kind of ["keydown", "keyup"]) this.#field?.addEventListener(kind, this.#listen);
    this.#field?.addEventListener("blur", this.#hide);
  }

  disconnectedCallback(): void {
    for (const kind of ["keydown", "keyup"]) this.#field?.removeEventListener(kind, this.#listen);
    this.#field?.removeEventListener("blur", this.#hide);
  }
}
