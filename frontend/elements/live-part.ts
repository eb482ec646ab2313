import { WorkListElement } from "./work-list";

/**
 * `<live-part mark="/desk/wall/mark" known="…">` asks as `<work-list>` does and comes anew when something changed, but not while
 * boxes in it are ticked or something is unfolded: the reader is choosing. A box with `data-all` ticks all the others.
 */
export class LivePartElement extends WorkListElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("change", this.#ticked);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("change", this.#ticked);
  }

  protected override isBusy(): boolean {
    return super.isBusy() || this.querySelector("input:checked, details[open]") !== null;
  }

  #ticked = (event: Event): void => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || !("all" in box.dataset)) return;
    for (const one of this.querySelectorAll<HTMLInputElement>("tbody input[type=checkbox]")) one.checked = box.checked;
  };
}
