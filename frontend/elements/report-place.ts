interface Told {
  readonly words?: string;
  readonly detail?: string;
  readonly near?: readonly { words: string; lon: number; lat: number }[];
}

/**
 * `<report-place data-where>`: where a problem is. Asks the browser for the position as soon as the page is there, takes a tap on
 * the map, says the place back in words, and names what is open near by.
 */
export class ReportPlaceElement extends HTMLElement {
  connectedCallback(): void {
    const map = this.querySelector("city-map");
    map?.addEventListener("map-place", this.#picked);
    const known = Boolean(this.#field("lon")?.value);
    const here = this.querySelector<HTMLButtonElement>("[data-here]");
    if (navigator.geolocation && isSecureContext && here && map) {
      here.hidden = false;
      here.addEventListener("click", this.#locate);
      if (!known) this.#locate();
    }
    const line = this.querySelector<HTMLElement>(".understood");
    if (map && !line?.textContent) this.#say(line?.dataset["tap"] ?? "");
    this.#ready(known);
    this.querySelector("#address")?.addEventListener("input", () => this.#ready(Boolean(this.#field("lon")?.value)));
  }

  disconnectedCallback(): void {
    this.querySelector("city-map")?.removeEventListener("map-place", this.#picked);
  }

  #field(name: string): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>(`input[name=${name}]`);
  }

  #say(words: string): void {
    const line = this.querySelector<HTMLElement>(".understood");
    if (line) line.textContent = words;
  }

  /** The button is the place's: it is quiet until there is one. */
  #ready(is: boolean): void {
    const typed = this.#field("address")?.value.trim();
    this.querySelector(".press")?.classList.toggle("waits", !is && !typed);
  }

  #locate = (): void => {
    const line = this.querySelector<HTMLElement>(".understood");
    this.#say(line?.dataset["waits"] ?? "");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const { longitude: lon, latitude: lat } = coords;
        const map = this.querySelector("city-map");
        map?.setAttribute("center", `${lon},${lat}`);
        map?.setAttribute("zoom", "17");
        map?.setAttribute("marker", `${lon.toFixed(6)},${lat.toFixed(6)}`);
        void this.#ask(lon, lat);
      },
      () => this.#say(line?.dataset["no"] ?? ""),
      { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
    );
  };

  async #ask(lon: number, lat: number): Promise<void> {
    const answer = await fetch(`${this.dataset["where"]}?lon=${lon}&lat=${lat}`);
    this.#take(lon, lat, (await answer.json()) as Told, answer.ok);
  }

  #picked = (event: Event): void => {
    const told = (event as CustomEvent<Told & { lon: number; lat: number; near?: Told["near"] }>).detail;
    this.#take(told.lon, told.lat, told, told.near !== undefined);
  };

  #take(lon: number, lat: number, told: Told, isThere: boolean): void {
    this.#say(told.words ?? told.detail ?? "");
    const fields = [this.#field("lon"), this.#field("lat")] as const;
    if (fields[0]) fields[0].value = isThere ? lon.toFixed(6) : "";
    if (fields[1]) fields[1].value = isThere ? lat.toFixed(6) : "";
    this.#ready(isThere);
    const near = told.near ?? [];
    this.querySelector("city-map")?.setAttribute("pins", JSON.stringify(near));
    const list = this.querySelector<HTMLElement>(".near");
    if (!list) return;
    list.hidden = near.length === 0;
    list.replaceChildren(
      ...near.slice(0, 3).map((one) => {
        const line = document.createElement("li");
        line.textContent = one.words;
        return line;
      }),
    );
  }
}
