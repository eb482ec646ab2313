/** `<copy-text data-text data-done><button>`: copies a text. Hidden where the browser cannot: then it is selected by hand. */
export class CopyTextElement extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.clipboard) return;
    this.hidden = false;
    this.addEventListener("click", this.#copy);
  }

  disconnectedCallback(): void {
    this.removeEventListener("click", this.#copy);
  }

  #copy = async (): Promise<void> => {
    const button = this.querySelector("button");
    try {
      await navigator.clipboard.writeText(this.dataset["text"] ?? "");
      if (button) button.textContent = this.dataset["done"] ?? "";
    } catch {
      this.hidden = true; // the browser does not allow it; the address stands below
    }
  };
}
