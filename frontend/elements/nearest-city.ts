/** `<nearest-city><button>`: leads to the page of the city that one is in. Hidden where the browser tells no position. */
export class NearestCityElement extends HTMLElement {
  connectedCallback(): void {
    if (!navigator.geolocation || !isSecureContext) return;
    this.hidden = false;
    this.querySelector("button")?.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(({ coords }) => {
        location.search = `?lon=${coords.longitude.toFixed(6)}&lat=${coords.latitude.toFixed(6)}`;
      });
    });
  }
}
