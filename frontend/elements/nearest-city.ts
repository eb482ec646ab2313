import { canLocate, locate } from "../lib/place";

/** `<nearest-city><button>`: leads to the page of the city that one is in. Hidden where the browser tells no position. */
export class NearestCityElement extends HTMLElement {
  connectedCallback(): void {
    if (!canLocate()) return;
    this.hidden = false;
    this.querySelector("button")?.addEventListener("click", () => {
      locate(
        (lon, lat) => {
          location.search = `?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`;
        },
        () => {},
      );
    });
  }
}
