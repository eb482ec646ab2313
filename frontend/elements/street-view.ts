import { languageOf } from "../lib/duration";
import { openStreet } from "../street/open";
import { pictureNear, type StreetPicture } from "../street/view";
import { said, WORDS } from "../street/words";

/**
 * `<street-view at="lon,lat" map="id of a city-map">`: a button that opens the street view nearest to a place, turned towards it. Where
 * there is none within reach the element stays empty: it asks when it comes into sight. `data-state`: `asking`, `none`, `near`.
 */
export class StreetViewElement extends HTMLElement {
  static observedAttributes = ["at"];
  #turn = 0;
  #seen: IntersectionObserver | null = null;

  connectedCallback(): void {
    this.#begin();
  }

  disconnectedCallback(): void {
    this.#turn += 1;
    this.#seen?.disconnect();
    this.#seen = null;
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before !== null && before !== after && this.isConnected) this.#begin();
  }

  #begin(): void {
    this.#seen?.disconnect();
    this.replaceChildren();
    this.dataset["state"] = "asking";
    this.#seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      this.#seen?.disconnect();
      void this.#ask(++this.#turn);
    });
    this.#seen.observe(this);
  }

  async #ask(turn: number): Promise<void> {
    const view = await pictureNear(this.getAttribute("at") ?? "").catch(() => null);
    if (turn !== this.#turn) return;
    this.dataset["state"] = view ? "near" : "none";
    if (view) this.append(this.#button(view));
  }

  #button(view: StreetPicture): HTMLButtonElement {
    const words = WORDS[languageOf(this)];
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn street-open";
    const told = said(words.near, { m: view.metres ?? 0, taken: view.taken });
    button.title = told;
    button.setAttribute("aria-label", told);
    button.innerHTML = `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M5 7h1a2 2 0 0 0 2-2a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1a2 2 0 0 0 2 2h1a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-14a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2"/><circle cx="12" cy="13" r="3"/></svg>`;
    const label = document.createElement("span");
    label.textContent = words.open;
    const far = document.createElement("small");
    far.textContent = `${view.metres ?? 0} m · ${view.taken.slice(0, 7)}`;
    button.append(label, far);
    button.addEventListener("click", () => void openStreet(view, this.#map, button));
    return button;
  }

  get #map(): HTMLElement | null {
    const name = this.getAttribute("map");
    return name ? document.getElementById(name) : document.querySelector<HTMLElement>("city-map");
  }
}
