/** What may lie under the drawn map: orthophotos, topographic maps, basemaps of others. The server lists them; none is fine. */
import {
  AttributionControl,
  type FilterSpecification,
  type Map as GlMap,
  type LayerSpecification,
  type SourceSpecification,
} from "maplibre-gl";
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
  /** Names of the layers of vector tiles, drawn plainly; none for pictures. */
  readonly vectors: readonly string[];
  /** Why it does not come now; "" where it does. */
  readonly trouble: string;
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
        trouble: typeof one["trouble"] === "string" ? one["trouble"] : "",
        vectors: Array.isArray(one["vectors"]) ? one["vectors"].map(String) : [],
      },
    ];
  });
}

const asked = new Map<string, Promise<readonly Ground[]>>();

/** Asks the server once for each page and day (ISO; "" for today) what there is; nothing where it does not answer. */
export function grounds(day: string | null = null): Promise<readonly Ground[]> {
  const kept = asked.get(day ?? "");
  if (kept) return kept;
  const found = fetch(`/map/grounds.json${day ? `?day=${encodeURIComponent(day)}` : ""}`)
    .then(async (answer) => (answer.ok ? groundsOf(await answer.json(), location.origin) : []))
    .catch(() => []);
  asked.set(day ?? "", found);
  return found;
}

const said = new WeakMap<GlMap, AttributionControl>();

/** Whose maps lie there, with their review numbers: in sight as long as one of them does. */
function sayWhose(map: GlMap, shown: readonly Ground[]): void {
  const control = said.get(map);
  if (shown.some((one) => one.attribution) === Boolean(control)) return;
  if (control) {
    map.removeControl(control);
    said.delete(map);
    return;
  }
  const made = new AttributionControl({ compact: false });
  map.addControl(made, "bottom-left");
  said.set(map, made);
}

/** MapLibre reads attributions as HTML; ours are words. */
export function asWords(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The layers of MapLibre that draw a ground: one for a picture; for vectors areas, lines and points of each of its layers, in grey. */
export function layersOf(ground: Ground, share: number): readonly LayerSpecification[] {
  const source = PREFIX + ground.name;
  if (ground.vectors.length === 0) {
    return [{ id: source, type: "raster", source, paint: { "raster-opacity": share, "raster-fade-duration": 0 } }];
  }
  const plain = (shape: string): FilterSpecification => ["==", ["geometry-type"], shape];
  return ground.vectors.flatMap((name): LayerSpecification[] => [
    {
      id: `${source}/${name}/area`,
      type: "fill",
      source,
      "source-layer": name,
      filter: plain("Polygon"),
      paint: { "fill-color": "#8a93a0", "fill-opacity": 0.18 * share },
    },
    {
      id: `${source}/${name}/line`,
      type: "line",
      source,
      "source-layer": name,
      filter: plain("LineString"),
      paint: { "line-color": "#6b7785", "line-width": 1, "line-opacity": share },
    },
    {
      id: `${source}/${name}/point`,
      type: "circle",
      source,
      "source-layer": name,
      filter: plain("Point"),
      paint: { "circle-color": "#6b7785", "circle-radius": 2, "circle-opacity": share },
    },
  ]);
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
  const laid = there.filter((one) => isGround(one.id));
  for (const one of laid) {
    const name = one.id.slice(PREFIX.length).split("/")[0] ?? "";
    if (!shares.has(name)) map.removeLayer(one.id);
  }
  for (const source of Object.keys(map.getStyle().sources)) {
    if (isGround(source) && !shares.has(source.slice(PREFIX.length))) map.removeSource(source);
  }
  const drawn = there.filter((one) => !isGround(one.id));
  const overLand = drawn.find((one) => layerOf(one.metadata) && group.get(layerOf(one.metadata)) !== "ground")?.id;
  const overNothing = drawn.find((one) => one.type !== "background")?.id;
  const shown = known.filter((one) => shares.has(one.name));
  // The first of the list lies on top: so the last is laid first.
  for (const ground of [...shown].reverse()) {
    const source = PREFIX + ground.name;
    if (!map.getSource(source)) map.addSource(source, sourceOf(ground));
    for (const layer of layersOf(ground, shares.get(ground.name) ?? 1)) {
      if (map.getLayer(layer.id)) {
        for (const [name, value] of Object.entries(layer.paint ?? {})) {
          if (name.endsWith("-opacity")) map.setPaintProperty(layer.id, name as "raster-opacity", value);
        }
      } else {
        map.addLayer(layer, ground.kind === "base" ? overNothing : overLand);
      }
    }
  }
  sayWhose(map, shown);
}

function sourceOf(ground: Ground): SourceSpecification {
  const { minzoom, maxzoom } = ground;
  const whose = { attribution: asWords(ground.attribution) };
  const bounds = ground.bounds ? { bounds: [...ground.bounds] as [number, number, number, number] } : {};
  const common = { tiles: [...ground.tiles], minzoom, maxzoom, ...whose, ...bounds };
  return ground.vectors.length > 0
    ? { type: "vector", ...common }
    : { type: "raster", tileSize: ground.tileSize, ...common };
}
