/** The numbers that are ticked: kept here, since the list comes anew whenever the desk changes. */
const ticked = new Set<string>();

/**
 * `<batch-bar form="batch">` holds the button of the form to which the ticks of the work list belong: it shows only while
 * something is ticked, says how much, and takes all ticks away (`ticked` tells others of many at once). Ticks outlive a list that comes anew. Without a script the bar
 * is always there.
 */
export class BatchBarElement extends HTMLElement {
  connectedCallback(): void {
    const there = new Set(this.#boxes().map((box) => box.value));
    for (const number of ticked) if (!there.has(number)) ticked.delete(number);
    for (const box of this.#boxes()) box.checked = ticked.has(box.value);
    document.addEventListener("change", this.#note);
    this.addEventListener("click", this.#clear);
    document.addEventListener("keydown", this.#key);
    this.#show();
  }

  disconnectedCallback(): void {
    document.removeEventListener("change", this.#note);
    document.removeEventListener("keydown", this.#key);
    this.removeEventListener("click", this.#clear);
  }

  #boxes(): HTMLInputElement[] {
    const id = this.getAttribute("form") ?? "";
    return [...document.querySelectorAll<HTMLInputElement>(`input[type=checkbox][form="${id}"]`)];
  }

  #note = (event: Event): void => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.getAttribute("form") !== this.getAttribute("form")) return;
    if (box.checked) ticked.add(box.value);
    else ticked.delete(box.value);
    this.#show();
  };

  #clear = (event: Event): void => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-ticks]") : null;
    if (pressed) this.#tick(pressed.dataset["ticks"] === "all");
  };

  #key = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && ticked.size > 0) this.#tick(false);
  };

  #tick(all: boolean): void {
    for (const box of this.#boxes()) {
      box.checked = all;
      if (all) ticked.add(box.value);
    }
    if (!all) ticked.clear();
    this.#show();
    this.dispatchEvent(new CustomEvent("ticked", { bubbles: true }));
  }

  #show(): void {
    this.hidden = ticked.size === 0;
    this.closest(".work")?.classList.toggle("has-ticks", ticked.size > 0);
    const count = this.querySelector("[data-count]");
    if (count) count.textContent = String(ticked.size);
  }
}
