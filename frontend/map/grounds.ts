/** What may lie under the drawn map: orthophotos, topographic maps, basemaps of others. The server lists them; none is fine. */
import type { Map as GlMap } from "maplibre-gl";
import { type Bounds, boundsOf } from "./places";
import { layerOf, type MapStyle } from "./style";

/** A picture of the ground in tiles. A `base` lies under everything; an `overlay` over the land and below lines and names. */
export interface Ground {
  readonly name: string;
  readonly title: string;
  readonly kind: "base" | "overlay";
  readonly tiles: readonly string[];
  readonly tileSize: number;
  readonly minzoom: number;
  readonly maxzoom: number;
  readonly attribution: string;
  readonly bounds: Bounds | null;
}

const PREFIX = "ground:";
const NAME = /^[\w.-]{1,80}$/;

/** Whether a layer of the style is one of these. */
export function isGround(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** `"air:0.8 topo"`: names with their opacity, 1 where none is given. */
export function groundsAsked(text: string | null): Map<string, number> {
  const found = new Map<string, number>();
  for (const part of (text ?? "").split(/\s+/).filter(Boolean)) {
    const [name = "", opacity = "1"] = part.split(":");
    const share = Number(opacity);
    if (NAME.test(name)) found.set(name, share >= 0 && share <= 1 ? share : 1);
  }
  return found;
}

/** The same as a text. */
export function groundsTold(asked: ReadonlyMap<string, number>): string {
  return [...asked].map(([name, share]) => (share === 1 ? name : `${name}:${Number(share.toFixed(2))}`)).join(" ");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What of the server's list can be drawn; what is none of these is left out. */
export function groundsOf(body: unknown, origin: string): Ground[] {
  const items = isRecord(body) ? body["items"] : body;
  if (!Array.isArray(items)) return [];
  return items.flatMap((one: unknown) => {
    if (!isRecord(one)) return [];
    const { name, title, kind, tiles, bounds } = one;
    if (typeof name !== "string" || !NAME.test(name) || typeof title !== "string") return [];
    if ((kind !== "base" && kind !== "overlay") || !Array.isArray(tiles) || tiles.length === 0) return [];
    const number = (key: string, otherwise: number): number => {
      const value = one[key];
      return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
    };
    return [
      {
        name,
        title,
        kind,
        tiles: tiles.map((tile) => (String(tile).startsWith("/") ? origin + String(tile) : String(tile))),
        tileSize: number("tileSize", 256),
        minzoom: number("minzoom", 0),
        maxzoom: number("maxzoom", 18),
        attribution: typeof one["attribution"] === "string" ? one["attribution"] : "",
        bounds: Array.isArray(bounds) ? boundsOf(bounds.join(",")) : null,
      },
    ];
  });
}

let asked: Promise<readonly Ground[]> | null = null;

/** Asks the server once for each page what there is; nothing where it does not answer. */
export function grounds(): Promise<readonly Ground[]> {
  asked ??= fetch("/map/grounds.json")
    .then(async (answer) => (answer.ok ? groundsOf(await answer.json(), location.origin) : []))
    .catch(() => []);
  return asked;
}

/** Draws the grounds that are asked for, and takes away those that no longer are. */
export function drawGrounds(
  map: GlMap,
  style: MapStyle,
  known: readonly Ground[],
  shares: ReadonlyMap<string, number>,
): void {
  const there = map.getStyle().layers;
  const group = new Map(style.layers.map((layer) => [layer.name, layer.group]));
  for (const { id } of there.filter((one) => isGround(one.id))) {
    if (shares.has(id.slice(PREFIX.length))) continue;
    map.removeLayer(id);
    map.removeSource(id);
  }
  const drawn = there.filter((one) => !isGround(one.id));
  const overLand = drawn.find((one) => layerOf(one.metadata) && group.get(layerOf(one.metadata)) !== "ground")?.id;
  const overNothing = drawn.find((one) => one.type !== "background")?.id;
  for (const ground of known) {
    const share = shares.get(ground.name);
    if (share === undefined) continue;
    const id = PREFIX + ground.name;
    if (map.getLayer(id)) {
      map.setPaintProperty(id, "raster-opacity", share);
      continue;
    }
    const { tileSize, minzoom, maxzoom, attribution } = ground;
    const bounds = ground.bounds ? { bounds: [...ground.bounds] as [number, number, number, number] } : {};
    map.addSource(id, {
      type: "raster",
      tiles: [...ground.tiles],
      tileSize,
      minzoom,
      maxzoom,
      attribution,
      ...bounds,
    });
    map.addLayer(
      { id, type: "raster", source: id, paint: { "raster-opacity": share, "raster-fade-duration": 0 } },
      ground.kind === "base" ? overNothing : overLand,
    );
  }
}
