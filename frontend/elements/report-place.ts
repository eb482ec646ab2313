import { canLocate, isWithin, locate } from "../lib/place";

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
  /** Counts taps, and questions for the position: what is answered to an earlier one changes nothing any more. */
  #turn = 0;
  #tapped = 0;

  connectedCallback(): void {
    const map = this.querySelector("city-map");
    map?.addEventListener("map-pick", this.#touched);
    map?.addEventListener("map-place", this.#picked);
    const known = Boolean(this.#field("lon")?.value);
    const here = this.querySelector<HTMLButtonElement>("[data-here]");
    if (canLocate() && here && map) {
      here.hidden = false;
      here.addEventListener("click", this.#locate);
      if (!known) this.#locate();
    }
    const line = this.querySelector<HTMLElement>(".understood");
    if (map && !line?.textContent) this.#tell("tap");
    this.#ready(known);
    this.querySelector("#address")?.addEventListener("input", () => this.#ready(Boolean(this.#field("lon")?.value)));
  }

  disconnectedCallback(): void {
    this.#turn++;
    const map = this.querySelector("city-map");
    map?.removeEventListener("map-pick", this.#touched);
    map?.removeEventListener("map-place", this.#picked);
    this.querySelector("[data-here]")?.removeEventListener("click", this.#locate);
  }

  #field(name: string): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>(`input[name=${name}]`);
  }

  #say(words: string): void {
    const line = this.querySelector<HTMLElement>(".understood");
    if (line) line.textContent = words;
  }

  #tell(name: "waits" | "tap" | "no" | "unnamed" | "outside"): void {
    this.#say(this.querySelector<HTMLElement>(".understood")?.dataset[name] ?? "");
  }

  /** The button is the place's: it is quiet until there is one. */
  #ready(is: boolean): void {
    const typed = this.#field("address")?.value.trim();
    this.querySelector(".press")?.classList.toggle("waits", !is && !typed);
  }

  #locate = (): void => {
    const turn = ++this.#turn;
    this.#tell("waits");
    locate(
      (lon, lat) => {
        if (turn === this.#turn) void this.#ask(lon, lat, turn);
      },
      () => {
        if (turn === this.#turn) this.#tell("no");
      },
    );
  };

  /** Asks what lies where somebody stands. Outside, the map stays at the city: what they tell of may be there all the same. */
  async #ask(lon: number, lat: number, turn: number): Promise<void> {
    const map = this.querySelector("city-map");
    let told: Told = {};
    let isOutside = !isWithin(map?.getAttribute("bounds"), lon, lat);
    this.#put(lon, lat, !isOutside);
    try {
      const answer = await fetch(`${this.dataset["where"]}?lon=${lon}&lat=${lat}`);
      if (answer.status < 500 && answer.status !== 429) {
        told = (await answer.json()) as Told;
        isOutside = told.near === undefined;
      }
    } catch {
      // Within the city the position stands; it is said below that nobody could say it in words.
    }
    if (turn !== this.#turn) return;
    if (isOutside) {
      this.#put(lon, lat, false);
      this.#tell("outside");
      return;
    }
    map?.setAttribute("center", `${lon},${lat}`);
    map?.setAttribute("zoom", "17");
    map?.setAttribute("marker", `${lon.toFixed(6)},${lat.toFixed(6)}`);
    this.#take(lon, lat, told);
  }

  #touched = (event: Event): void => {
    const { lon, lat } = (event as CustomEvent<{ lon: number; lat: number }>).detail;
    this.#tapped = ++this.#turn;
    this.#put(lon, lat, true);
  };

  #picked = (event: Event): void => {
    const told = (event as CustomEvent<Told & { lon: number; lat: number }>).detail;
    if (this.#tapped === this.#turn) this.#take(told.lon, told.lat, told);
  };

  #put(lon: number, lat: number, isThere: boolean): void {
    const fields = [this.#field("lon"), this.#field("lat")] as const;
    if (fields[0]) fields[0].value = isThere ? lon.toFixed(6) : "";
    if (fields[1]) fields[1].value = isThere ? lat.toFixed(6) : "";
    this.#ready(isThere);
  }

  /** A place of which only words are told is refused by them; one of which nothing is told stands, and has no name. */
  #take(lon: number, lat: number, told: Told): void {
    const words = told.words || told.detail || "";
    if (words) this.#say(words);
    else this.#tell("unnamed");
    this.#put(lon, lat, !words || told.near !== undefined);
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
