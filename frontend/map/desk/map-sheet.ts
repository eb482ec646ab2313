import { languageOf } from "../../lib/duration";
import type { CityMapElement } from "../city-map";
import { mark } from "../pictures";
import { spotOf, withSpot } from "../places";
import { choice, labelled, made, wordButton } from "./making";
import { drawBar, drawNorth, metresOf, pictureOf, sourcesTold } from "./plate";
import { frameOf, MARGIN_MM, PAPERS, SCALES, zoomOfScale } from "./scale";
import { State } from "./state";
import { WORDS } from "./words";

const BAR = 150;
const FOOT_POINTS = { width: 250, height: 44 };

/**
 * `<map-sheet>`: one sheet of paper with the map at a true scale, to be printed by the browser. Attributes: `city`, `reader` (who
 * prints), `printed` (when, in the city's time). Paper, scale, title, layers, what lies under them and day stand in the address.
 */
export class MapSheetElement extends HTMLElement {
  #map: CityMapElement | null = null;
  #copy: HTMLCanvasElement | null = null;
  #pages: CSSStyleSheet | null = null;

  connectedCallback(): void {
    if (this.#map) return;
    const words = WORDS[languageOf(this)];
    const state = new State(location.search, (query) =>
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`),
    );
    this.#pages = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#pages];
    const spot = spotOf(location.hash);
    const host = document.createElement("city-map");
    this.#map = host;
    host.setAttribute("theme", "light");
    if (spot) {
      host.setAttribute("center", `${spot.lon},${spot.lat}`);
      host.setAttribute("zoom", String(spot.zoom));
    } else {
      host.setAttribute("bounds", this.getAttribute("bounds") ?? "");
    }
    for (const [key, name] of [
      ["layers", "only"],
      ["ground", "ground"],
      ["day", "day"],
    ] as const) {
      const value = state.get(key);
      if (value) host.setAttribute(name, value);
    }
    const title = made("h1", "ms-title");
    const facts = made("p", "ms-facts");
    const legend = made("ul", "ms-legend");
    const bar = made("canvas", "ms-bar");
    const notes = made("p", "ms-notes");
    const frame = made("div", "ms-map", host);
    const sheet = made(
      "article",
      "ms-sheet",
      made("header", "ms-head", title, facts),
      frame,
      made("footer", "ms-foot", legend, made("div", "ms-side", bar, notes)),
    );
    const asked = (): Asked => {
      const scale = Number(state.get("scale"));
      const paper = PAPERS.some((one) => one.name === state.get("paper")) ? (state.get("paper") ?? "A4") : "A4";
      return {
        paper,
        isWide: state.get("way") !== "tall",
        scale: scale >= 100 && scale <= 1_000_000 ? scale : 2000,
        title: state.get("title") ?? this.getAttribute("city") ?? "",
      };
    };
    const lay = (): void => {
      const { paper, isWide, scale, title: words_ } = asked();
      const size = frameOf(paper, isWide);
      frame.style.width = `${size.width}mm`;
      frame.style.height = `${size.height}mm`;
      sheet.style.padding = `${MARGIN_MM}mm`;
      this.#pages?.replaceSync(`@page { size: ${paper} ${isWide ? "landscape" : "portrait"}; margin: 0; }`);
      title.textContent = words_;
      const day = host.getAttribute("day");
      facts.textContent = [this.getAttribute("city"), day, `1 : ${scale}`].filter(Boolean).join(" · ");
      const map = host.engine?.map;
      if (!map) return;
      map.resize();
      this.#toScale(scale);
    };
    this.replaceChildren(this.#tools(state, asked(), lay), sheet);
    lay();
    host.addEventListener("map-start", () => {
      const map = host.engine?.map;
      if (!map) return;
      map.setPixelRatio(asked().paper === "A3" ? 2 : 3);
      for (const way of [map.scrollZoom, map.boxZoom, map.doubleClickZoom, map.touchZoomRotate]) way.disable();
      lay();
      map.on("moveend", () => {
        const { lng: lon, lat } = map.getCenter();
        history.replaceState(null, "", withSpot(location.hash, { lon, lat, zoom: map.getZoom() }));
        this.#toScale(asked().scale); // A degree further north a point of the map is less of the ground.
      });
      map.on("idle", () => void this.#finish({ frame, legend, bar, notes }));
    });
    document.title = `${asked().title || words.map} · ${document.title}`;
  }

  disconnectedCallback(): void {
    if (this.isConnected) return;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== this.#pages);
  }

  /** What is chosen above the sheet, and the button that prints: none of it on paper. */
  #tools(state: State, now: Asked, lay: () => void): HTMLElement {
    const words = WORDS[languageOf(this)];
    const paper = choice(
      PAPERS.flatMap(({ name }) => [
        [`${name} tall`, `${name} · ${words.tall}`] as const,
        [`${name} wide`, `${name} · ${words.wide}`] as const,
      ]),
      `${now.paper} ${now.isWide ? "wide" : "tall"}`,
    );
    const scales = SCALES.includes(now.scale as (typeof SCALES)[number]) ? SCALES : [...SCALES, now.scale];
    const scale = choice(
      scales.map((one) => [String(one), `1 : ${one}`] as const),
      String(now.scale),
    );
    const title = made("input", "form-control");
    title.maxLength = 60;
    title.value = now.title;
    const change = (): void => {
      const [name = "A4", way = "wide"] = paper.value.split(" ");
      state.set("paper", name);
      state.set("way", way);
      state.set("scale", scale.value);
      state.set("title", title.value.trim());
      delete this.dataset["state"];
      lay();
    };
    for (const field of [paper, scale, title]) field.addEventListener("input", change);
    const go = wordButton(words.print, () => print(), "btn btn-primary");
    return made(
      "div",
      "ms-tools",
      labelled(words.title, title),
      labelled(words.paper, paper),
      labelled(words.scale, scale),
      go,
      made("p", "md-quiet", words.sheetHelp),
    );
  }

  #toScale(scale: number): void {
    const map = this.#map?.engine?.map;
    if (!map) return;
    const zoom = zoomOfScale(scale, map.getCenter().lat);
    if (Math.abs(map.getZoom() - zoom) < 1e-5) return;
    map.setMinZoom(null);
    map.setMaxZoom(null);
    map.setZoom(zoom);
  }

  /** The map stands still: its picture is taken for the paper, and what it shows is told. */
  async #finish(parts: Parts): Promise<void> {
    const engine = this.#map?.engine;
    if (!engine) return;
    const words = WORDS[languageOf(this)];
    const { map, style } = engine;
    const inSight = new Set(map.queryRenderedFeatures().map((one) => one.sourceLayer ?? ""));
    parts.legend.replaceChildren(
      ...style.layers
        .filter((layer) => engine.isOn(layer.name) && inSight.has(layer.name))
        .reverse()
        .flatMap((layer) => layer.legend)
        .map((one) => made("li", "", mark(one.mark, one.colour, style.colours), one.words)),
    );
    const { bar } = parts;
    bar.width = FOOT_POINTS.width * 3;
    bar.height = FOOT_POINTS.height * 3;
    const context = bar.getContext("2d");
    if (context) {
      context.scale(3, 3);
      const font = `11px ${getComputedStyle(document.body).fontFamily}`;
      const pen = { context, ink: "#1b2430", ground: "#ffffff", font };
      const width = drawBar(pen, 8, FOOT_POINTS.height - 6, metresOf(map), BAR);
      drawNorth(pen, width + 56, FOOT_POINTS.height - 4, 24, words.north);
    }
    parts.notes.textContent = [
      `${words.printedBy} ${this.getAttribute("reader") ?? ""}, ${this.getAttribute("printed") ?? ""}`,
      sourcesTold(map),
    ]
      .filter(Boolean)
      .join(" · ");
    const picture = await pictureOf(map);
    picture.className = "ms-copy";
    this.#copy?.remove();
    this.#copy = picture;
    parts.frame.append(picture);
    this.dataset["state"] = "ready";
  }
}

interface Asked {
  readonly paper: string;
  readonly isWide: boolean;
  readonly scale: number;
  readonly title: string;
}

interface Parts {
  readonly frame: HTMLElement;
  readonly legend: HTMLElement;
  readonly bar: HTMLCanvasElement;
  readonly notes: HTMLElement;
}
