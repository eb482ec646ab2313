import type { GeoJSONSource, Map as GlMap, MapMouseEvent } from "maplibre-gl";
import { languageOf } from "../../lib/duration";
import type { CityMapElement } from "../city-map";
import { type Point, polygonOf } from "../places";
import type { MapStyle } from "../style";
import { Bar, send } from "./bar";
import { GRID_WORDS, type GridWords } from "./words";

type Tool = "click" | "box" | "area";

const SHAPE = "grid-choice";

/**
 * `<grid-choice choose city kind form><city-map></city-map></grid-choice>`: unit grids are chosen on the map, by clicks, a box or an area.
 *
 * The field `grids` of the form (its id) holds their codes, and may be typed into. `choose` says what the choice comes to: the server
 * alone knows what lies where, and which grids go together.
 */
export class GridChoiceElement extends HTMLElement {
  #host: CityMapElement | null = null;
  #map: GlMap | null = null;
  #bar: Bar | null = null;
  #words: GridWords = GRID_WORDS.zh;
  #undress: (() => void) | null = null;
  #tool: Tool = "click";
  #takes = false;
  #corners: Point[] = [];
  #from: Point | null = null;
  #asked = 0;

  connectedCallback(): void {
    this.#host = this.querySelector<CityMapElement>("city-map");
    if (!this.#host || this.#bar) return;
    this.#words = GRID_WORDS[languageOf(this)];
    const w = this.#words;
    this.#bar = new Bar(
      this,
      w.tools,
      [
        { name: "click", words: w.click, key: "1" },
        { name: "box", words: w.box, key: "2" },
        { name: "area", words: w.area, key: "3" },
        { name: "take", words: w.take, key: "4" },
      ],
      (name) => this.#press(name),
    );
    this.addEventListener("map-start", this.#begin);
    this.addEventListener("map-look", this.#look);
    this.addEventListener("keydown", this.#keyed, true);
    document.addEventListener("click", this.#offered);
    this.#field?.addEventListener("change", this.#typed);
    this.#form?.addEventListener("change", this.#purposed);
    this.#use("click");
    if (this.#host.engine) this.#begin();
    void this.#ask(null);
  }

  disconnectedCallback(): void {
    this.removeEventListener("map-start", this.#begin);
    this.removeEventListener("map-look", this.#look);
    this.removeEventListener("keydown", this.#keyed, true);
    document.removeEventListener("click", this.#offered);
    this.#field?.removeEventListener("change", this.#typed);
    this.#form?.removeEventListener("change", this.#purposed);
    this.#undress?.();
    this.#bar?.remove();
    this.#bar = this.#map = this.#host = null;
  }

  get #form(): HTMLFormElement | null {
    return document.querySelector<HTMLFormElement>(`form#${this.getAttribute("form") ?? ""}`);
  }

  get #field(): HTMLTextAreaElement | null {
    return this.#form?.querySelector<HTMLTextAreaElement>("[name=grids]") ?? null;
  }

  get #codes(): string[] {
    return (this.#field?.value ?? "").split(/[\s,，、;；]+/).filter(Boolean);
  }

  #begin = (): void => {
    const engine = this.#host?.engine;
    if (!engine || this.#map) return;
    this.#map = engine.map;
    this.#undress = engine.dress((map: GlMap, style: MapStyle) => {
      const accent = style.colours["accent"] ?? "";
      map.addSource(SHAPE, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
      map.addLayer({
        id: SHAPE,
        type: "line",
        source: SHAPE,
        paint: { "line-color": accent, "line-width": 2, "line-dasharray": [2, 1.5] },
      });
      map.addLayer({
        id: `${SHAPE}-fill`,
        type: "fill",
        source: SHAPE,
        paint: { "fill-color": accent, "fill-opacity": 0.08 },
      });
    });
    this.#map.on("mousedown", (event) => this.#pressed(event));
    this.#map.on("mousemove", (event) => this.#moved(event));
    this.#map.on("mouseup", (event) => this.#released(event));
    this.#map.on("dblclick", (event) => {
      if (this.#tool !== "area") return;
      event.preventDefault();
      this.#finish();
    });
    this.dataset["state"] = "ready";
  };

  // --- tools

  #press(name: string): void {
    if (name === "take") {
      this.#takes = !this.#takes;
      this.#bar?.press("take", this.#takes);
    } else this.#use(name as Tool);
    this.#map?.getCanvas().focus();
  }

  #use(tool: Tool): void {
    this.#tool = tool;
    this.#corners = [];
    this.#from = null;
    for (const name of ["click", "box", "area"]) this.#bar?.press(name, name === tool);
    const take = this.#bar?.button("take");
    if (take) take.hidden = tool === "click";
    if (tool === "area") this.#map?.doubleClickZoom.disable();
    else this.#map?.doubleClickZoom.enable();
    const w = this.#words;
    this.#bar?.tell({ click: w.clicking, box: w.boxing, area: w.drawing }[tool]);
    this.#draw([]);
  }

  #look = (event: Event): void => {
    event.preventDefault();
    const { lon, lat } = (event as CustomEvent<{ lon: number; lat: number }>).detail;
    if (this.#tool === "click") void this.#ask({ type: "Point", coordinates: [lon, lat] });
    if (this.#tool === "area") {
      this.#corners.push([lon, lat]);
      this.#draw(this.#corners);
    }
  };

  #pressed(event: MapMouseEvent): void {
    if (this.#tool !== "box" || event.originalEvent.button !== 0) return;
    event.preventDefault();
    this.#from = [event.lngLat.lng, event.lngLat.lat];
  }

  #moved(event: MapMouseEvent): void {
    if (this.#tool !== "click" && this.#map) this.#map.getCanvas().style.cursor = "crosshair";
    if (this.#from) this.#draw(boxOf(this.#from, [event.lngLat.lng, event.lngLat.lat]));
  }

  #released(event: MapMouseEvent): void {
    const from = this.#from;
    this.#from = null;
    const to: Point = [event.lngLat.lng, event.lngLat.lat];
    if (!from || (from[0] === to[0] && from[1] === to[1])) return;
    this.#draw([]);
    void this.#ask(polygonOf(boxOf(from, to)));
  }

  #finish(): void {
    const area = polygonOf(
      this.#corners.filter((one, n, all) => n === 0 || one[0] !== all[n - 1]?.[0] || one[1] !== all[n - 1]?.[1]),
    );
    this.#corners = [];
    this.#draw([]);
    if (area) void this.#ask(area);
  }

  #draw(corners: readonly Point[]): void {
    const closed = [...corners, ...corners.slice(0, 1)].map(([lon, lat]) => [lon, lat]);
    const geometry: GeoJSON.Geometry =
      corners.length > 2 ? { type: "Polygon", coordinates: [closed] } : { type: "LineString", coordinates: closed };
    const features: GeoJSON.Feature[] = corners.length > 1 ? [{ type: "Feature", properties: {}, geometry }] : [];
    (this.#map?.getSource(SHAPE) as GeoJSONSource | undefined)?.setData({ type: "FeatureCollection", features });
  }

  // --- the choice

  #typed = (): void => void this.#ask(null);

  #purposed = (event: Event): void => {
    if (event.target instanceof HTMLSelectElement && event.target.name === "purpose") void this.#ask(null);
  };

  #offered = (event: Event): void => {
    const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-choose]") : null;
    if (!button || !this.#field) return;
    this.#field.value = [...new Set([...this.#codes, ...(button.dataset["choose"] ?? "").split(" ")])].join(" ");
    void this.#ask(null);
  };

  async #ask(shape: unknown): Promise<void> {
    const asked = ++this.#asked;
    const form = this.#form;
    const answer = await send(form ?? this, this.getAttribute("choose") ?? "", {
      city: this.getAttribute("city"),
      kind: this.getAttribute("kind"),
      codes: this.#codes,
      shape,
      take: this.#takes,
      purpose: form?.querySelector<HTMLSelectElement>("[name=purpose]")?.value ?? "",
      own: form?.querySelector<HTMLInputElement>("[name=code]")?.value ?? "",
    });
    if (asked !== this.#asked) return; // Something else was chosen meanwhile.
    if (!answer?.ok) {
      this.#bar?.sayAt(String(answer?.told["detail"] ?? this.#words.nothing), this.clientWidth / 2, 60);
      return;
    }
    const codes = answer.told["codes"] as string[];
    if (this.#field) this.#field.value = codes.join(" ");
    this.#host?.setAttribute("chosen", ["unit", ...codes].join(" "));
    this.#sum(answer.told);
  }

  #sum(told: Record<string, unknown>): void {
    const sum = this.#form?.querySelector<HTMLElement>("[data-sum]");
    if (!sum) return;
    const count = Number(told["count"]);
    const lines = [
      [this.#words.chosen, count ? `${count} ${this.#words.grids} · ${String(told["area"])}` : this.#words.none],
      ...(count ? ((told["held"] as [string, number][]) ?? []) : []),
    ];
    const list = document.createElement("dl");
    for (const [title, text] of lines) {
      const name = document.createElement("dt");
      name.textContent = String(title);
      const value = document.createElement("dd");
      value.textContent = String(text);
      list.append(name, value);
    }
    const notes = (told["notes"] as string[]).map((words) => {
      const note = document.createElement("p");
      note.textContent = `◐ ${words}`;
      return note;
    });
    sum.replaceChildren(list, ...notes);
    this.dataset["count"] = String(count);
  }

  #keyed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLCanvasElement)) return;
    const tool = { "1": "click", "2": "box", "3": "area", "4": "take" }[event.key];
    if (tool) this.#press(tool);
    else if (event.key === "Escape") this.#use(this.#tool);
    else if (event.key === "Enter" && this.#tool === "area" && this.#corners.length > 2) this.#finish();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function boxOf([west, south]: Point, [east, north]: Point): Point[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
  ];
}
