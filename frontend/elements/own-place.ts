import { canLocate, locate, putPlace, sayOfPlace, showOnMap, whatLiesAt } from "../lib/place";

/**
 * `<own-place data-waits data-no data-outside data-unnamed><button>`: writes where one stands into the form around it and shows it on the desk's map.
 * With `data-at-once` a phone is asked as soon as the form is there, unless that holds a place already. A position in no city of the
 * reader's changes nothing: the words say so, and the map stays where it was. Hidden where the browser tells no position.
 */
export class OwnPlaceElement extends HTMLElement {
  /** Counts questions and whatever else sets the place: what is answered to an earlier one changes nothing any more. */
  #turn = 0;

  connectedCallback(): void {
    if (!canLocate()) return;
    this.hidden = false;
    this.querySelector("button")?.addEventListener("click", this.#locate);
    this.#form?.addEventListener("place-set", this.#set);
    const isPhone = matchMedia("(pointer: coarse)").matches;
    if ("atOnce" in this.dataset && isPhone && !this.#field?.value) this.#locate();
  }

  disconnectedCallback(): void {
    this.#turn++;
    this.querySelector("button")?.removeEventListener("click", this.#locate);
    this.#form?.removeEventListener("place-set", this.#set);
  }

  get #form(): HTMLFormElement | null {
    return this.closest("form");
  }

  get #field(): HTMLInputElement | null | undefined {
    return this.#form?.querySelector<HTMLInputElement>("input[name$='.lon']");
  }

  #set = (): void => {
    this.#turn++;
  };

  #say(words: string | undefined): void {
    if (this.#form) sayOfPlace(this.#form, words ?? "");
  }

  #locate = (): void => {
    const turn = ++this.#turn;
    const isStill = (): boolean => turn === this.#turn;
    this.#say(this.dataset["waits"]);
    locate(
      (lon, lat) => {
        if (isStill()) void this.#take(lon, lat, isStill);
      },
      () => {
        if (isStill()) this.#say(this.dataset["no"]);
      },
    );
  };

  async #take(lon: number, lat: number, isStill: () => boolean): Promise<void> {
    const told = await whatLiesAt(lon, lat);
    if (!isStill()) return;
    if (told.isOutside) {
      this.#say(this.dataset["outside"]);
      return;
    }
    if (this.#form) putPlace(this.#form, lon, lat, told.words || (this.dataset["unnamed"] ?? ""));
    showOnMap(lon, lat);
  }
}
