/** The map itself: MapLibre with our style, in a chunk of its own that is loaded when a page first shows a map. */
import type { GeoJSON as GeoJson, Geometry } from "geojson";
import {
  type FilterSpecification,
  Map as GlMap,
  type LngLat,
  type MapGeoJSONFeature,
  type MapMouseEvent,
  Marker,
  ScaleControl,
  setWorkerUrl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { languageOf } from "../lib/duration";
import { FONT_FACES } from "./fonts";
import { type Act, type Found, Frame } from "./frame";
import { drawGrounds, grounds, groundsAsked, isGround } from "./grounds";
import { picture } from "./pictures";
import { boundsOf, chosenOf, namesOf, type Point, pinsOf, pointOf, polygonOf, spotOf, withSpot } from "./places";
import { showSight } from "./sight";
import { layerOf, type MapStyle, styleOf, type ToldLayer, themeOf } from "./style";
import { WORDS } from "./words";

setWorkerUrl(new URL(workerUrl, import.meta.url).href);

const REFRESH_MS = 15_000;
const EDGE = 48;
const DRAWN = "drawn";
const SELECTED = "cases-selected";
const CHOSEN = "chosen";
const NOTHING = { type: "FeatureCollection", features: [] } as const;

/** Which layer draws the areas of a level, and from which zoom on. */
const AREAS: Readonly<Record<string, { layer: string; zoom: number }>> = {
  street: { layer: "regions", zoom: 10 },
  community: { layer: "regions", zoom: 12 },
  grid: { layer: "duty_grids", zoom: 13 },
  unit: { layer: "unit_grids", zoom: 14 },
};

/** Draws something of its own on the map: called once the style stands, and again after each new style, which knows nothing of it. */
export type Dresser = (map: GlMap, style: MapStyle) => void;

/** What the server says of a point. */
interface Where {
  readonly words: string;
  readonly unit_grid: string;
  readonly [name: string]: unknown;
}

function pin(label: string): HTMLElement {
  const made = document.createElement("div");
  made.className = "map-pin";
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", label);
  return made;
}

/** A small pin beside the one that counts. */
function dot(label: string): HTMLElement {
  const made = pin(label);
  made.className = "map-dot";
  made.title = label;
  return made;
}

export class Engine {
  readonly #host: HTMLElement;
  readonly #frame: Frame;
  readonly #map: GlMap;
  readonly #dressers = new Set<Dresser>();
  #isDressed = false;
  #style: MapStyle;
  readonly #words: (typeof WORDS)["zh" | "en"];
  readonly #off = new Set<string>();
  readonly #on = new Set<string>();
  #marker: Marker | null = null;
  #pins: Marker[] = [];
  #hovered: { source: string; sourceLayer: string; id: string | number } | null = null;
  #corners: Point[] = [];
  #picks = 0;
  #styles = 0;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  readonly #follow = (): void => void this.restyle();

  /** Loads the style and starts the map in `host`; throws where either fails. */
  static async start(host: HTMLElement): Promise<Engine> {
    return new Engine(host, await loadStyle(host));
  }

  private constructor(host: HTMLElement, style: MapStyle) {
    this.#host = host;
    this.#style = style;
    this.#words = WORDS[languageOf(host)];
    this.#frame = new Frame(this.#words, (act) => this.#act(act));
    for (const name of namesOf(host.getAttribute("layers"))) this.#on.add(name);
    host.append(this.#frame.root);
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const at = this.#begin();
    this.#map = new GlMap({
      container: this.#frame.canvas,
      style: this.#dressed(),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      minZoom: 3,
      maxZoom: 20,
      fadeDuration: calm ? 0 : 150,
      locale: { "Map.Title": this.#words.map },
      ...at,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new ScaleControl({ maxWidth: 96 }), "bottom-left");
    this.#frame.offer(this.#offered());
    if (host.hasAttribute("find")) this.#frame.offerSearch(findByName, (found) => this.#go(found));
    this.#listen();
    this.#timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.#dark.addEventListener("change", this.#follow);
  }

  /** Gives everything back that `start` took. */
  remove(): void {
    clearInterval(this.#timer);
    this.#dark.removeEventListener("change", this.#follow);
    this.#map.remove();
    this.#frame.root.remove();
  }

  get map(): GlMap {
    return this.#map;
  }

  /** What the map shows, and in which colours: another one after each change of theme or day. */
  get style(): MapStyle {
    return this.#style;
  }

  /** Whether a layer is on the map. */
  isOn(name: string): boolean {
    const only = this.#host.getAttribute("only");
    if (only !== null) return namesOf(only).includes(name);
    const told = this.#style.layers.find((layer) => layer.name === name);
    return this.#on.has(name) || (told?.shown === true && !this.#off.has(name));
  }

  /** Draws something more on the map, for as long as it is not undone; what it adds it takes away itself. */
  dress(dresser: Dresser): () => void {
    this.#dressers.add(dresser);
    if (this.#isDressed) dresser(this.#map, this.#style);
    return () => this.#dressers.delete(dresser);
  }

  /** Follows an attribute of the host that has changed. */
  follow(name: string): void {
    const value = this.#host.getAttribute(name);
    if (name === "theme" || name === "day") void this.restyle();
    if (name === "marker") this.#mark();
    if (name === "pins") this.#pinAll();
    if (name === "selected") this.#select();
    if (name === "mode") this.#beginMode();
    if (name === "chosen") this.#choose();
    if (name === "only") this.#show();
    if (name === "ground" && this.#isDressed) void this.#lay();
    if (name === "sight" && this.#isDressed) this.#look();
    if (name === "layers") {
      this.#on.clear();
      for (const one of namesOf(value)) this.#on.add(one);
      this.#show();
    }
    const centre = name === "center" || name === "zoom" ? pointOf(this.#host.getAttribute("center")) : null;
    const bounds = name === "bounds" ? boundsOf(value) : null;
    if (centre) this.#map.easeTo({ center: [...centre], ...this.#zoomOf() });
    if (bounds) this.#map.fitBounds([...bounds], { padding: EDGE });
  }

  /** Asks for the live layers again; unchanged tiles cost a 304. */
  refresh(): void {
    if (document.hidden) return;
    for (const layer of this.#style.layers) {
      if (layer.live && this.#map.getSource(layer.name)) this.#map.refreshTiles(layer.name);
    }
  }

  /** Draws the map anew in the theme that holds now. */
  async restyle(): Promise<void> {
    const turn = ++this.#styles;
    const style = await loadStyle(this.#host);
    if (turn !== this.#styles) return; // Another theme or day was asked for meanwhile.
    this.#style = style;
    this.#hovered = null;
    this.#isDressed = false;
    this.#map.setStyle(this.#dressed(), { diff: false });
  }

  #begin(): object {
    const spot = this.#host.hasAttribute("hash") ? spotOf(location.hash) : null;
    if (spot) return { center: [spot.lon, spot.lat], zoom: spot.zoom };
    const centre = pointOf(this.#host.getAttribute("center")) ?? pointOf(this.#host.getAttribute("marker"));
    if (centre) return { center: [...centre], zoom: 16, ...this.#zoomOf() };
    const bounds = boundsOf(this.#host.getAttribute("bounds"));
    return bounds ? { bounds: [...bounds], fitBoundsOptions: { padding: EDGE } } : { center: [104, 35], zoom: 4 };
  }

  #zoomOf(): { zoom?: number } {
    const zoom = Number.parseFloat(this.#host.getAttribute("zoom") ?? "");
    return Number.isFinite(zoom) ? { zoom } : {};
  }

  #offered(): Set<Act> {
    const acts = new Set<Act>(["in", "out"]);
    if (this.#host.hasAttribute("bounds")) acts.add("home");
    if (this.#host.hasAttribute("legend")) acts.add("legend");
    if (this.#host.hasAttribute("draw")) acts.add("draw");
    return acts;
  }

  /** The style with our letters, and with the layers that are switched on or off. */
  #dressed(): MapStyle["document"] {
    const document = structuredClone(this.#style.document);
    for (const layer of document.layers) {
      const name = layerOf(layer.metadata);
      if (name) Object.assign(layer, { layout: { ...layer.layout, visibility: this.isOn(name) ? "visible" : "none" } });
    }
    return { ...document, "font-faces": FONT_FACES };
  }

  #show(): void {
    for (const layer of this.#map.getStyle().layers) {
      const name = layerOf(layer.metadata);
      if (name) this.#map.setLayoutProperty(layer.id, "visibility", this.isOn(name) ? "visible" : "none");
    }
    this.#renewLegend();
  }

  #listen(): void {
    const map = this.#map;
    map.setMissingStyleImageResolver((id) => {
      const made = picture(id, this.#style.colours);
      if (made && !map.hasImage(id)) map.addImage(id, made.image, { pixelRatio: made.ratio });
    });
    map.on("style.load", () => this.#addOwn());
    map.on("idle", () => {
      this.#host.dataset["state"] = "ready";
      this.#renewLegend();
    });
    map.on("moveend", () => this.#moved());
    map.on("mousemove", (event) => this.#hover(event));
    map.on("mouseout", () => this.#unhover());
    map.on("click", (event) => this.#click(event.lngLat, event.point));
    map.on("dblclick", (event: MapMouseEvent) => {
      if (this.#mode !== "draw") return;
      event.preventDefault();
      this.#finish();
    });
    map.getCanvas().addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        if (this.#mode === "draw" && event.shiftKey) this.#finish();
        else this.#click(map.getCenter(), map.project(map.getCenter()));
      }
      if (event.key === "Escape") this.#leaveMode();
    });
  }

  get #mode(): "look" | "pick" | "choose" | "draw" {
    const mode = this.#host.getAttribute("mode");
    return mode === "pick" || mode === "choose" || mode === "draw" ? mode : "look";
  }

  /** Adds what no layer of the server draws: the chosen case and the drawn area. */
  #addOwn(): void {
    const accent = this.#style.colours["accent"] ?? "";
    const map = this.#map;
    void this.#lay();
    map.addSource(DRAWN, { type: "geojson", data: this.#drawn() });
    map.addLayer({
      id: `${DRAWN}-fill`,
      type: "fill",
      source: DRAWN,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": accent, "fill-opacity": 0.1 },
    });
    map.addLayer({
      id: `${DRAWN}-line`,
      type: "line",
      source: DRAWN,
      paint: { "line-color": accent, "line-width": 2, "line-dasharray": [3, 2] },
    });
    map.addLayer({
      id: `${DRAWN}-corner`,
      type: "circle",
      source: DRAWN,
      filter: ["==", ["geometry-type"], "Point"],
      paint: { "circle-radius": 4, "circle-color": accent },
    });
    if (map.getSource("cases")) {
      const below = map.getStyle().layers.find((layer) => layerOf(layer.metadata) === "cases")?.id;
      map.addLayer(
        {
          id: SELECTED,
          type: "circle",
          source: "cases",
          "source-layer": "cases",
          paint: {
            "circle-radius": 22,
            "circle-color": accent,
            "circle-opacity": 0.22,
            "circle-stroke-color": accent,
            "circle-stroke-width": 2,
          },
        },
        below,
      );
    }
    this.#select();
    this.#mark();
    this.#pinAll();
    this.#choose();
    this.#look();
    this.#beginMode();
    this.#isDressed = true;
    for (const dresser of this.#dressers) dresser(map, this.#style);
    this.#announce("map-style", {});
  }

  /** Lays the pictures that the page names in `ground` under the drawn map, or between its land and its lines. */
  async #lay(): Promise<void> {
    const asked = groundsAsked(this.#host.getAttribute("ground"));
    const turn = this.#styles;
    const lies = this.#map.getStyle()?.layers.some((one) => isGround(one.id));
    if (asked.size === 0 && !lies) return;
    const known = await grounds(this.#host.getAttribute("day"));
    if (turn !== this.#styles) return; // Another style comes, and asks again.
    drawGrounds(this.#map, this.#style, known, groundsAsked(this.#host.getAttribute("ground")));
  }

  #look(): void {
    showSight(this.#map, this.#host.getAttribute("sight"), this.#style.colours["accent"] ?? "");
  }

  /** Fills the areas that the page names in `chosen`, and comes near enough to see areas of their level. */
  #choose(): void {
    const { level, codes } = chosenOf(this.#host.getAttribute("chosen"));
    const map = this.#map;
    for (const id of [`${CHOSEN}-fill`, `${CHOSEN}-line`]) if (map.getLayer(id)) map.removeLayer(id);
    const from = AREAS[level];
    const drawn = map.getStyle()?.layers.find((one) => layerOf(one.metadata) === from?.layer);
    if (!from || !drawn || !("source" in drawn)) return;
    const accent = this.#style.colours["accent"] ?? "";
    const filter: FilterSpecification = [
      "all",
      ["==", ["geometry-type"], "Polygon"],
      ["in", ["get", "code"], ["literal", [...codes]]],
    ];
    const of = { source: drawn.source, "source-layer": from.layer, filter };
    map.addLayer({ id: `${CHOSEN}-fill`, type: "fill", ...of, paint: { "fill-color": accent, "fill-opacity": 0.22 } });
    map.addLayer({ id: `${CHOSEN}-line`, type: "line", ...of, paint: { "line-color": accent, "line-width": 2 } });
    if (map.getZoom() < from.zoom) map.easeTo({ zoom: from.zoom });
  }

  #select(): void {
    if (!this.#map.getLayer(SELECTED)) return;
    this.#map.setFilter(SELECTED, ["==", ["get", "number"], this.#host.getAttribute("selected") ?? ""]);
  }

  #mark(): void {
    const place = pointOf(this.#host.getAttribute("marker"));
    this.#marker?.remove();
    this.#marker = null;
    if (!place) return;
    const label = this.#host.getAttribute("address") || this.#words.place;
    this.#marker = new Marker({ element: pin(label), anchor: "bottom" }).setLngLat([...place]).addTo(this.#map);
  }

  /** Draws small pins for what the page names in `pins`: `[{lon, lat, words}]`. */
  #pinAll(): void {
    for (const one of this.#pins) one.remove();
    this.#pins = pinsOf(this.#host.getAttribute("pins")).map(({ lon, lat, words }) =>
      new Marker({ element: dot(words) }).setLngLat([lon, lat]).addTo(this.#map),
    );
  }

  #act(act: Act): void {
    const bounds = boundsOf(this.#host.getAttribute("bounds"));
    if (act === "in") this.#map.zoomIn();
    if (act === "out") this.#map.zoomOut();
    if (act === "home" && bounds) this.#map.fitBounds([...bounds], { padding: EDGE });
    if (act === "legend") {
      this.#frame.openLegend(!this.#frame.isLegendOpen);
      this.#renewLegend();
    }
    if (act === "draw") {
      if (this.#mode === "draw") this.#leaveMode();
      else this.#host.setAttribute("mode", "draw");
    }
  }

  #go(found: Found): void {
    this.#map.fitBounds([...found.box], { padding: EDGE * 2, maxZoom: 17.8 });
    this.#map.getCanvas().focus();
  }

  #moved(): void {
    const { lng: lon, lat } = this.#map.getCenter();
    const zoom = this.#map.getZoom();
    if (this.#host.hasAttribute("hash")) history.replaceState(null, "", withSpot(location.hash, { lon, lat, zoom }));
    this.#announce("map-move", { lon, lat, zoom });
  }

  #hover(event: MapMouseEvent): void {
    const canvas = this.#map.getCanvas();
    const top = this.#at(event.point);
    canvas.style.cursor = this.#mode !== "look" ? "crosshair" : top ? "pointer" : "";
    if (!this.#map.getLayer("unit_grids-hover")) return;
    const [grid] = this.#map.queryRenderedFeatures(event.point, { layers: ["unit_grids-hover"] });
    if (grid?.id === this.#hovered?.id) return;
    this.#unhover();
    if (grid?.id === undefined || !grid.sourceLayer) return;
    this.#hovered = { source: grid.source, sourceLayer: grid.sourceLayer, id: grid.id };
    this.#map.setFeatureState(this.#hovered, { hover: true });
  }

  #unhover(): void {
    if (this.#hovered) this.#map.setFeatureState(this.#hovered, { hover: false });
    this.#hovered = null;
  }

  /** The case, the cluster or the part at a point of the screen. */
  #at(point: { x: number; y: number }): MapGeoJSONFeature | undefined {
    const names = new Set(["cases", "parts", "streetview"]);
    const layers = this.#map
      .getStyle()
      .layers.filter((one) => names.has(layerOf(one.metadata)))
      .map((one) => one.id);
    const found = layers.length ? this.#map.queryRenderedFeatures([point.x, point.y], { layers }) : [];
    return found.find((one) => one.sourceLayer !== "streetview" || one.id !== undefined);
  }

  #click(at: LngLat, point: { x: number; y: number }): void {
    const place: Point = [at.lng, at.lat];
    if (this.#mode === "draw") {
      this.#corners.push(place);
      this.#redraw();
      return;
    }
    if (this.#mode === "pick" || this.#mode === "choose") {
      void this.#pick(place);
      return;
    }
    if (!this.#announce("map-look", { lon: at.lng, lat: at.lat, x: point.x, y: point.y })) return;
    const feature = this.#at(point);
    if (feature === undefined) {
      this.#frame.noCard();
      this.#announce("map-click", { lon: at.lng, lat: at.lat });
    } else if (Number(feature.properties["count"] ?? 1) > 1) {
      this.#map.easeTo({ center: at, zoom: this.#map.getZoom() + 2 });
    } else {
      this.#open(feature);
    }
  }

  #open(feature: MapGeoJSONFeature): void {
    const told = this.#style.layers.find((layer) => layer.name === feature.sourceLayer);
    const facts = feature.properties as Record<string, unknown>;
    const lines = Object.entries(told?.columns ?? {}).flatMap(([name, title]) => {
      const value = facts[name];
      if (value === undefined || value === "" || name === "count") return [];
      const lit = told?.legend.find((line) => line.mark === `light-${String(value)}`);
      return [[title, lit?.words ?? String(value)] as const];
    });
    const title = String(facts["title"] ?? facts["name"] ?? told?.title ?? "");
    const key = String(facts["number"] ?? facts["code"] ?? feature.id ?? "");
    const goesOn = this.#announce("map-open", { layer: feature.sourceLayer, key, title, facts });
    if (goesOn)
      this.#frame.card(
        title,
        lines.filter(([, text]) => text !== title),
      );
  }

  /** Takes a place for a report, and says back in words what was understood. */
  async #pick(place: Point): Promise<void> {
    const mark = place.map((degree) => degree.toFixed(6)).join(",");
    if (this.#mode === "pick") this.#host.setAttribute("marker", mark);
    this.#announce("map-pick", { lon: place[0], lat: place[1] });
    const pick = ++this.#picks;
    const told = await whatIsAt(place, this.#host.getAttribute("where") ?? "/map/where");
    if (pick !== this.#picks) return; // Another place was picked meanwhile.
    this.#frame.tell(told.words);
    this.#frame.status.textContent = told.words;
    this.#announce("map-place", { lon: place[0], lat: place[1], ...told });
  }

  #beginMode(): void {
    this.#frame.press("draw", this.#mode === "draw");
    if (this.#mode === "draw") {
      this.#corners = [];
      this.#map.doubleClickZoom.disable();
      this.#frame.tell(this.#words.drawing);
    } else {
      this.#map.doubleClickZoom.enable();
      this.#frame.tell(
        this.#mode === "pick" ? this.#words.picking : this.#mode === "choose" ? this.#words.choosing : "",
      );
    }
    this.#redraw();
  }

  #leaveMode(): void {
    if (this.#mode !== "draw") return;
    this.#corners = [];
    this.#host.removeAttribute("mode");
  }

  #finish(): void {
    const corners = this.#corners.filter(
      (one, n, all) => n === 0 || one[0] !== all[n - 1]?.[0] || one[1] !== all[n - 1]?.[1],
    );
    const area = polygonOf(corners);
    this.#host.removeAttribute("mode");
    if (!area) return;
    this.#host.setAttribute("area", JSON.stringify(area));
    this.#corners = [];
    this.#redraw();
    this.#announce("map-area", { area });
  }

  #drawn(): GeoJson {
    const corners = this.#corners.map((one) => [...one]);
    const kept = this.#host.getAttribute("area");
    if (corners.length === 0) return kept ? (JSON.parse(kept) as GeoJson) : (NOTHING as unknown as GeoJson);
    const shapes: Geometry[] = corners.map((at) => ({ type: "Point", coordinates: at }));
    if (corners.length > 1) shapes.push({ type: "LineString", coordinates: [...corners, corners[0] as number[]] });
    if (corners.length > 2) shapes.push({ type: "Polygon", coordinates: [[...corners, corners[0] as number[]]] });
    return {
      type: "FeatureCollection",
      features: shapes.map((geometry) => ({ type: "Feature", properties: {}, geometry })),
    };
  }

  #redraw(): void {
    const source = this.#map.getSource(DRAWN);
    if (source && "setData" in source) (source as { setData(data: GeoJson): void }).setData(this.#drawn());
  }

  #renewLegend(): void {
    if (!this.#frame.isLegendOpen) return;
    const inSight = new Set(this.#map.queryRenderedFeatures().map((one) => one.sourceLayer ?? ""));
    const on = new Set(this.#style.layers.map((layer) => layer.name).filter((name) => this.isOn(name)));
    this.#frame.legend(this.#style, on, inSight, (layer) => this.#turn(layer));
  }

  #turn(layer: ToldLayer): void {
    const wasOn = this.isOn(layer.name);
    this.#on.delete(layer.name);
    this.#off.delete(layer.name);
    if (wasOn) this.#off.add(layer.name);
    else this.#on.add(layer.name);
    this.#show();
  }

  /** Tells whoever listens; false where somebody says that they take care of it. */
  #announce(name: string, detail: object): boolean {
    return this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));
  }
}

async function loadStyle(host: HTMLElement): Promise<MapStyle> {
  const theme = themeOf(
    host.getAttribute("theme") ?? document.documentElement.dataset["theme"] ?? null,
    matchMedia("(prefers-color-scheme: dark)").matches,
  );
  const day = host.getAttribute("day");
  const answer = await fetch(`/map/style/${theme}.json${day ? `?day=${encodeURIComponent(day)}` : ""}`);
  if (!answer.ok) throw new Error(`the style of the map: ${answer.status}`);
  return styleOf(await answer.json(), location.origin);
}

async function findByName(words: string): Promise<readonly Found[]> {
  const answer = await fetch(`/map/find?q=${encodeURIComponent(words)}`);
  if (!answer.ok) return [];
  const body = (await answer.json()) as { items?: Found[] };
  return body.items ?? [];
}

/** What lies at a place; where the server knows nothing its words say why. */
async function whatIsAt([lon, lat]: Point, address: string): Promise<Where> {
  try {
    const answer = await fetch(`${address}?lon=${lon}&lat=${lat}`);
    const body = (await answer.json()) as Where & { detail?: string };
    return answer.ok ? body : { words: body.detail ?? "", unit_grid: "" };
  } catch {
    return { words: "", unit_grid: "" }; // The place is picked all the same, only its words are not known.
  }
}
