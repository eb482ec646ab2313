/** Numbers of attributes, addresses and answers: pure, checked, tested alone. */

export type Point = readonly [lon: number, lat: number];
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** Where somebody looks: what the address keeps. */
export interface Spot {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

function numbers(text: string | null, count: number): number[] | null {
  if (!text) return null;
  const found = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  return found.length === count && found.every(Number.isFinite) ? found : null;
}

function isPoint(lon: number, lat: number): boolean {
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85.06;
}

/** `"lon,lat"` in degrees, WGS 84; null where it is none. */
export function pointOf(text: string | null): Point | null {
  const [lon = Number.NaN, lat = Number.NaN] = numbers(text, 2) ?? [];
  return isPoint(lon, lat) ? [lon, lat] : null;
}

/** `"west,south,east,north"` in degrees; null where it is none. */
export function boundsOf(text: string | null): Bounds | null {
  const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = numbers(text, 4) ?? [];
  return isPoint(west, south) && isPoint(east, north) && west <= east && south <= north
    ? [west, south, east, north]
    : null;
}

/** The part `map=zoom/lat/lon` of an address; null where it holds none. */
export function spotOf(hash: string): Spot | null {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("map");
  const [zoom = Number.NaN, lat = Number.NaN, lon = Number.NaN] = numbers(text?.replaceAll("/", ",") ?? null, 3) ?? [];
  return isPoint(lon, lat) && zoom >= 0 && zoom <= 22 ? { lon, lat, zoom } : null;
}

/** `hash` with the spot in it; whatever else it holds stays. Five decimals are a metre. */
export function withSpot(hash: string, spot: Spot): string {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  parts.set("map", `${spot.zoom.toFixed(2)}/${spot.lat.toFixed(5)}/${spot.lon.toFixed(5)}`);
  return `#${parts.toString().replaceAll("%2F", "/")}`;
}

/** `lon, lat` as people read it. */
export function told(point: Point): string {
  return `${point[0].toFixed(5)}, ${point[1].toFixed(5)}`;
}

/** A drawn polygon as GeoJSON, its ring closed; null with fewer than three corners. */
export function polygonOf(corners: readonly Point[]): { type: "Polygon"; coordinates: Point[][] } | null {
  const [first] = corners;
  return first && corners.length >= 3 ? { type: "Polygon", coordinates: [[...corners, first]] } : null;
}

/** The names in `text`, with commas or blanks between. */
export function namesOf(text: string | null): string[] {
  return (text ?? "").split(/[\s,]+/).filter(Boolean);
}

/** What else stands on the map: a place with words. */
export interface Pin {
  readonly lon: number;
  readonly lat: number;
  readonly words: string;
}

/** `[{"lon": …, "lat": …, "words": …}]`; what is none of these is left out. */
export function pinsOf(text: string | null): Pin[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "[]");
  } catch {
    return [];
  }
  return Array.isArray(found) ? found.filter(isPin) : [];
}

function isPin(one: unknown): one is Pin {
  if (typeof one !== "object" || one === null) return false;
  const { lon, lat, words } = one as Partial<Record<keyof Pin, unknown>>;
  return typeof lon === "number" && typeof lat === "number" && isPoint(lon, lat) && typeof words === "string";
}

/** `"level code code …"`: areas of one level that are chosen. */
export function chosenOf(text: string | null): { level: string; codes: string[] } {
  const [level = "", ...codes] = (text ?? "").split(/\s+/).filter(Boolean);
  return { level, codes };
}
