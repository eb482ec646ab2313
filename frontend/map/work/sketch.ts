/** Draws corner by corner on the map, by mouse, finger or keys, until it is finished. */
import type { Feature, FeatureCollection } from "geojson";
import type { GeoJSONSource, MapMouseEvent } from "maplibre-gl";
import type { Desk } from "../desk/tools";
import type { Point } from "../places";
import { boxOf } from "./area";

export type SketchKind = "line" | "polygon" | "box" | "point";

/** The one family of letters that our styles have; with any other name the letters never come, and neither does the drawing. */
const FONT = "Noto Sans SC";

/** How many corners finish it by themselves. */
const ENOUGH: Readonly<Record<SketchKind, number>> = { line: Infinity, polygon: Infinity, box: 2, point: 1 };
const LEAST: Readonly<Record<SketchKind, number>> = { line: 2, polygon: 3, box: 2, point: 1 };

/** A label at a place of the map. */
export interface Label {
  readonly at: Point;
  readonly words: string;
}

export interface Told {
  /** The corners, with the one under the pointer while it is being drawn. */
  corners(all: readonly Point[], isFinished: boolean): readonly Label[];
  finished(corners: readonly Point[]): void;
}

export class Sketch {
  readonly #desk: Desk;
  readonly #name: string;
  readonly #told: Told;
  #kind: SketchKind;
  #corners: Point[] = [];
  #pointer: Point | null = null;
  #isFinished = true;
  #shown: FeatureCollection | null = null;
  readonly #undo: (() => void)[] = [];
  #noClicks: (() => void) | null = null;

  /** `name`: of the tool, so that no two draw under one name. */
  constructor(desk: Desk, name: string, kind: SketchKind, told: Told) {
    this.#desk = desk;
    this.#name = `sketch-${name}`;
    this.#kind = kind;
    this.#told = told;
    this.#undo.push(desk.dress(() => this.#dress()));
    const move = (event: MapMouseEvent): void => {
      if (this.#isFinished || this.#corners.length === 0) return;
      this.#pointer = [event.lngLat.lng, event.lngLat.lat];
      this.#draw();
    };
    const twice = (event: MapMouseEvent): void => {
      if (this.#isFinished) return;
      event.preventDefault();
      this.finish();
    };
    desk.map.on("mousemove", move);
    desk.map.on("dblclick", twice);
    this.#undo.push(() => {
      desk.map.off("mousemove", move);
      desk.map.off("dblclick", twice);
    });
    const key = (event: KeyboardEvent): void => this.#key(event);
    desk.stage.addEventListener("keydown", key, { capture: true });
    this.#undo.push(() => desk.stage.removeEventListener("keydown", key, { capture: true }));
  }

  /** Begins anew. */
  begin(kind: SketchKind): void {
    this.#kind = kind;
    this.#corners = [];
    this.#pointer = null;
    this.#isFinished = false;
    this.#shown = null;
    this.#desk.map.doubleClickZoom.disable();
    this.#noClicks ??= this.#desk.takeClicks(({ lngLat }) => this.#add([lngLat.lng, lngLat.lat]));
    this.#draw();
  }

  /** Takes the last corner back. */
  back(): void {
    this.#corners.pop();
    this.#draw();
  }

  /** Finishes what is drawn, where there is enough of it. */
  finish(): void {
    if (this.#isFinished || this.#corners.length < LEAST[this.#kind]) return;
    this.#isFinished = true;
    this.#pointer = null;
    this.#release();
    this.#draw();
    this.#told.finished(this.corners);
  }

  /** Takes everything off the map. */
  clear(): void {
    this.#corners = [];
    this.#isFinished = true;
    this.#pointer = null;
    this.#shown = null;
    this.#release();
    this.#draw();
  }

  /** Shows what was made of the drawing in its place: a buffer around it, or what an address brought. */
  show(shape: Feature["geometry"]): void {
    this.#shown = { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: shape }] };
    this.#draw();
  }

  /** Gives everything back. */
  remove(): void {
    this.clear();
    for (const one of this.#undo) one();
    const map = this.#desk.map;
    for (const id of this.#layers) if (map.getLayer(id)) map.removeLayer(id);
    if (map.getSource(this.#name)) map.removeSource(this.#name);
  }

  get corners(): readonly Point[] {
    const [first, second] = this.#corners;
    return this.#kind === "box" && first && second ? boxOf(first, second) : this.#corners;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get #layers(): string[] {
    return ["fill", "line", "corner", "words"].map((one) => `${this.#name}-${one}`);
  }

  #add(corner: Point): void {
    const last = this.#corners.at(-1);
    if (last && last[0] === corner[0] && last[1] === corner[1]) return; // A double click begins with two of them.
    this.#corners.push(corner);
    this.#draw();
    if (this.#corners.length >= ENOUGH[this.#kind]) this.finish();
  }

  #key(event: KeyboardEvent): void {
    const isTyped = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (isTyped || (this.#isFinished && event.key !== "Escape")) return;
    if (event.key === "Enter" && event.shiftKey) this.finish();
    else if (event.key === "Backspace") this.back();
    else if (event.key === "Escape") this.begin(this.#kind);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #release(): void {
    this.#noClicks?.();
    this.#noClicks = null;
    this.#desk.map.doubleClickZoom.enable();
  }

  #dress(): void {
    const { map, style } = this.#desk;
    if (map.getSource(this.#name)) return;
    const accent = style.colours["accent"] ?? "";
    map.addSource(this.#name, { type: "geojson", data: this.#data() });
    const [fill = "", line = "", corner = "", words = ""] = this.#layers;
    const source = this.#name;
    map.addLayer({
      id: fill,
      type: "fill",
      source,
      filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": accent, "fill-opacity": 0.12 },
    });
    map.addLayer({
      id: line,
      type: "line",
      source,
      filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": accent, "line-width": 2.5 },
    });
    map.addLayer({
      id: corner,
      type: "circle",
      source,
      filter: ["all", ["==", ["geometry-type"], "Point"], ["!", ["has", "words"]]],
      paint: {
        "circle-radius": 4,
        "circle-color": style.colours["halo"] ?? "#fff",
        "circle-stroke-color": accent,
        "circle-stroke-width": 2,
      },
    });
    map.addLayer({
      id: words,
      type: "symbol",
      source,
      filter: ["has", "words"],
      layout: {
        "text-field": ["get", "words"],
        "text-font": [FONT],
        "text-size": 12,
        "text-offset": [0, -1],
        "text-allow-overlap": true,
      },
      paint: { "text-color": accent, "text-halo-color": style.colours["halo"] ?? "#fff", "text-halo-width": 1.6 },
    });
  }

  #data(): FeatureCollection {
    const features: Feature[] = [...(this.#shown?.features ?? [])];
    const [first, second] = this.#corners;
    const other = second ?? this.#pointer;
    const all =
      this.#kind === "box"
        ? first && other
          ? boxOf(first, other)
          : [...this.#corners]
        : [...this.#corners, ...(this.#pointer ? [this.#pointer] : [])];
    const labels = this.#told.corners(all, this.#isFinished);
    const ring = all.map((one) => [...one]);
    const isSurface = this.#kind === "polygon" || this.#kind === "box";
    if (isSurface && ring.length > 2)
      features.push(feature({ type: "Polygon", coordinates: [[...ring, ring[0] as number[]]] }));
    else if (this.#kind !== "point" && ring.length > 1)
      features.push(feature({ type: "LineString", coordinates: ring }));
    for (const at of this.#kind === "box" ? this.#corners : all)
      features.push(feature({ type: "Point", coordinates: [...at] }));
    for (const one of labels) features.push(feature({ type: "Point", coordinates: [...one.at] }, { words: one.words }));
    return { type: "FeatureCollection", features };
  }

  #draw(): void {
    const source = this.#desk.map.getSource<GeoJSONSource>(this.#name);
    if (source) source.setData(this.#data());
    else if (this.#desk.map.isStyleLoaded()) this.#dress();
  }
}

function feature(geometry: Feature["geometry"], properties: Record<string, string> = {}): Feature {
  return { type: "Feature", properties, geometry };
}
