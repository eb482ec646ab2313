import { languageOf } from "../lib/duration";
import type { Engine } from "./engine";
import { pointOf, told } from "./places";
import { WORDS } from "./words";

/**
 * `<city-map>`: the city's map. MapLibre comes in a chunk of its own when the first one wakes.
 *
 * Attributes, all of them kept up to date by the map itself and followed when they change:
 * `center="lon,lat"`, `zoom`, `bounds="west,south,east,north"` (degrees, WGS 84); `theme` (`light`, `dark`, `screen`; else the
 * system's); `day="2026-04-30"` (the map as it was on that day; without, today's); `layers` (names of layers to show beside those shown anyway); `marker="lon,lat"` with `address` (a case's place);
 * `only` (names of the layers to show, and no others); `ground` (names of what lies under them, each with its opacity: `air:0.8`);
 * `pins` (JSON `[{lon, lat, words}]`: what else is there); `where` (address that says what lies at a picked place);
 * `sight="lon,lat,look,width"` (where somebody looks who stands in street view); `selected` (number of a case); `mode` (`pick` a place, `choose` what lies there, `draw` an area); `chosen` (a level of areas,
 * `street`, `community` or `grid`, and the codes of those that are filled); `area` (GeoJSON that was drawn); and, for what the map
 * offers, `hash` (the spot stands in the address), `legend`, `find`, `draw`.
 *
 * `data-state`: `loading`, `ready`, `plain` (no WebGL: the words inside stay), `failed`.
 *
 * Events, all bubbling: `map-move` {lon, lat, zoom}, `map-click` {lon, lat}, `map-open` {layer, key, title, facts} (a case or a
 * part was chosen; prevent it, and no card opens), `map-pick` {lon, lat} (a place was picked, or what lies there chosen),
 * `map-place` {lon, lat, words, …} (what lies at the place picked last, once it is known; without words where nothing answers),
 * `map-area` {area}; `map-look` {lon, lat, x, y} (a click while nothing is asked for; prevent it, and nothing is chosen by it),
 * `map-start` and `map-style` (the map runs, `engine` is there; it has been drawn anew in another theme or of another day).
 */
export class CityMapElement extends HTMLElement {
  static observedAttributes = [
    "center",
    "zoom",
    "bounds",
    "theme",
    "day",
    "layers",
    "marker",
    "selected",
    "mode",
    "pins",
    "chosen",
    "only",
    "ground",
    "sight",
  ];
  #engine: Engine | null = null;
  #turn = 0;

  connectedCallback(): void {
    const words = WORDS[languageOf(this)];
    if (!hasWebGL()) {
      this.dataset["state"] = "plain";
      this.#say(words.noMap, words.at);
      return;
    }
    this.dataset["state"] = "loading";
    void this.#start(++this.#turn);
  }

  disconnectedCallback(): void {
    this.#turn += 1;
    this.#engine?.remove();
    this.#engine = null;
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before !== after) this.#engine?.follow(name);
  }

  /** The map itself, once it runs. */
  get engine(): Engine | null {
    return this.#engine;
  }

  /** Starts the map, unless the element has been taken away meanwhile. */
  async #start(turn: number): Promise<void> {
    const words = WORDS[languageOf(this)];
    try {
      const { Engine } = await import("./engine");
      if (turn !== this.#turn) return;
      const engine = await Engine.start(this);
      if (turn !== this.#turn) {
        engine.remove();
        return;
      }
      this.#engine = engine;
      this.dispatchEvent(new CustomEvent("map-start", { bubbles: true }));
    } catch (error) {
      if (turn !== this.#turn) return;
      console.error(error);
      this.dataset["state"] = "failed";
      this.#say(words.failed, words.at);
    }
  }

  /** Says in plain words what the map would show, where the page itself does not. */
  #say(why: string, at: string): void {
    if (this.querySelector(":scope > .plain.said")) return;
    const place = pointOf(this.getAttribute("marker"));
    const line = document.createElement("p");
    line.className = "plain said";
    line.textContent = [why, this.getAttribute("address"), place ? `${at} ${told(place)}` : null]
      .filter(Boolean)
      .join(" ");
    this.append(line);
  }
}

function hasWebGL(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}
