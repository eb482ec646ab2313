/** What lies at a place of the map, layer by layer: what is drawn there, and where the server says that it is. */
import type { Map as GlMap, MapGeoJSONFeature } from "maplibre-gl";
import { type Point, pointOf, told } from "../places";
import type { MapStyle, ToldLayer } from "../style";
import { made, wordButton } from "./making";
import type { Click, Close, Desk } from "./tools";
import { filled, WORDS } from "./words";

const REACH = 6; // Points of the screen around a click that still hit a thing.
const MARK = "md-here";

/** A thing that lies there. */
export interface Thing {
  readonly layer: ToldLayer;
  readonly title: string;
  readonly facts: readonly (readonly [title: string, value: string])[];
  /** The address of its own page; "" for none. */
  readonly page: string;
}

let renew: (() => void) | null = null;

/** Tells in the panel what lies where somebody clicked; many things in one sign are gone nearer to instead. */
export function tellOf(desk: Desk, { lngLat, point }: Click): void {
  const [top] = desk.map.queryRenderedFeatures([point.x, point.y]);
  if (Number(top?.properties["count"] ?? 1) > 1) {
    desk.map.easeTo({ center: lngLat, zoom: Math.min(desk.map.getZoom() + 2, 20) });
    return;
  }
  desk.state.set("here", `${lngLat.lng.toFixed(6)},${lngLat.lat.toFixed(6)}`);
  if (renew) renew();
  else desk.open("here");
}

/** What a feature of the map tells in words; null for what has nothing to tell: nameless land, signs of many. */
export function thingOf(layer: ToldLayer, facts: Readonly<Record<string, unknown>>): Thing | null {
  if (Number(facts["count"] ?? 1) > 1) return null;
  const text = (name: string): string => {
    const value = facts[name];
    return value === undefined || value === null ? "" : String(value);
  };
  const title = text("title") || text("name") || text("number") || text("code");
  if (!title) return null;
  const lines = Object.entries(layer.columns).flatMap(([name, words]) => {
    const value = text(name);
    // What is not so (no bridge) is nothing to tell.
    if (!value || value === "0" || value === "false" || name === "count" || value === title) return [];
    const light = layer.legend.find((line) => line.mark === `light-${value}`);
    return [[words, light?.words ?? layer.words[name]?.[value] ?? value] as const];
  });
  const column = /\{(\w+)\}/.exec(layer.page)?.[1] ?? "";
  const page = column && text(column) ? layer.page.replace(`{${column}}`, encodeURIComponent(text(column))) : "";
  return { layer, title, facts: lines, page };
}

/** Each thing once, however many of its pieces and signs were hit, the layers on top first. */
export function thingsOf(
  features: readonly Pick<MapGeoJSONFeature, "sourceLayer" | "properties">[],
  style: Pick<MapStyle, "layers">,
): Thing[] {
  const found = new Map<string, Thing>();
  for (const feature of features) {
    const layer = style.layers.find((one) => one.name === feature.sourceLayer);
    const thing = layer ? thingOf(layer, feature.properties) : null;
    if (thing) {
      const key = `${thing.layer.name} ${thing.page || thing.title} ${thing.facts.map(([, value]) => value).join(" ")}`;
      if (!found.has(key)) found.set(key, thing);
    }
  }
  return [...found.values()];
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const place = made("section", "md-place");
  const list = made("div", "md-things");
  desk.body.append(place, list);
  let at: Point | null = null;
  let asked = 0;

  const draw = (map: GlMap, style: MapStyle): void => {
    mark(map, style, at);
  };
  const look = (): void => {
    if (!at) return;
    const things = thingsAt(desk, at);
    list.replaceChildren(...byLayer(things).map(([layer, some]) => drawGroup(desk, layer, some)));
    if (things.length === 0) list.append(made("p", "md-quiet", words.nothingHere));
    desk.say(things.length === 0 ? words.nothingHere : filled(words.thingsHere, { n: things.length }));
  };
  const tell = async (): Promise<void> => {
    at = pointOf(desk.state.get("here"));
    if (!at) return;
    const mine = ++asked;
    mark(desk.map, desk.style, at);
    place.replaceChildren(made("p", "md-quiet", `${words.at} ${told(at)}`));
    look();
    const where = await whereIs(at);
    if (mine === asked && at) drawPlace(desk, place, at, where);
  };
  const undo = [desk.dress(draw), desk.hear("style", look), desk.hear("layers", look)];
  const idle = (): void => look();
  desk.map.once("idle", idle);
  renew = () => void tell();
  void tell();
  return () => {
    renew = null;
    asked += 1;
    desk.state.set("here", null);
    desk.map.off("idle", idle);
    for (const one of undo) one();
    mark(desk.map, desk.style, null);
    desk.say("");
    desk.body.replaceChildren();
  };
}

function thingsAt(desk: Desk, at: Point): Thing[] {
  const { x, y } = desk.map.project([at[0], at[1]]);
  const box: [[number, number], [number, number]] = [
    [x - REACH, y - REACH],
    [x + REACH, y + REACH],
  ];
  return thingsOf(desk.map.queryRenderedFeatures(box), desk.style);
}

function byLayer(things: readonly Thing[]): [ToldLayer, Thing[]][] {
  const groups = new Map<ToldLayer, Thing[]>();
  for (const thing of things) groups.set(thing.layer, [...(groups.get(thing.layer) ?? []), thing]);
  return [...groups];
}

function drawGroup(desk: Desk, layer: ToldLayer, things: readonly Thing[]): HTMLElement {
  const words = WORDS[desk.language];
  const head = made("div", "md-group-head", made("h3", "", layer.title));
  if (things.length > 1) head.append(made("span", "md-count", String(things.length)));
  return made(
    "section",
    "md-group",
    head,
    ...things.map((thing) => {
      const title = made("strong", "", thing.title);
      const box = made("article", "md-thing", title, factsOf(thing.facts));
      if (thing.page) {
        const link = made("a", "md-open", words.open);
        link.href = thing.page;
        link.setAttribute("aria-label", `${words.open} ${thing.title}`);
        box.append(link);
      }
      return box;
    }),
  );
}

function factsOf(lines: readonly (readonly [string, string])[]): HTMLElement {
  return made("dl", "map-facts", ...lines.flatMap(([title, value]) => [made("dt", "", title), made("dd", "", value)]));
}

/** Where a place is, as the server says it. */
interface Where {
  readonly words: string;
  readonly codes: readonly (readonly [key: "unit" | "duty" | "street" | "community", code: string])[];
}

async function whereIs([lon, lat]: Point): Promise<Where> {
  try {
    const answer = await fetch(`/map/where?lon=${lon}&lat=${lat}`);
    const body = (await answer.json()) as Record<string, unknown>;
    const text = (name: string): string => (typeof body[name] === "string" ? (body[name] as string) : "");
    if (!answer.ok) return { words: text("detail"), codes: [] };
    return {
      words: text("words"),
      codes: (
        [
          ["unit", text("unit_grid")],
          ["duty", text("duty_grid")],
          ["street", text("street")],
          ["community", text("community")],
        ] as const
      ).filter(([, code]) => code),
    };
  } catch {
    return { words: "", codes: [] }; // What is drawn there is told all the same.
  }
}

function drawPlace(desk: Desk, box: HTMLElement, at: Point, where: Where): void {
  const words = WORDS[desk.language];
  const lines: (readonly [string, string])[] = [
    ...where.codes.map(([key, code]) => [words[key], code] as const),
    [words.at, told(at)],
  ];
  box.replaceChildren(
    ...(where.words ? [made("strong", "", where.words)] : []),
    factsOf(lines),
    made(
      "div",
      "md-row",
      wordButton(
        words.centreHere,
        () => desk.map.easeTo({ center: [at[0], at[1]], zoom: Math.max(desk.map.getZoom(), 17) }),
        "md-link",
      ),
    ),
  );
}

/** A ring around the place that is told of; null takes it away. */
function mark(map: GlMap, style: MapStyle, at: Point | null): void {
  if (map.getLayer(MARK)) map.removeLayer(MARK);
  if (map.getSource(MARK)) map.removeSource(MARK);
  if (!at) return;
  map.addSource(MARK, {
    type: "geojson",
    data: { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [at[0], at[1]] } },
  });
  map.addLayer({
    id: MARK,
    type: "circle",
    source: MARK,
    paint: {
      "circle-radius": 20, // Around a sign, not over it.
      "circle-color": style.colours["accent"] ?? "",
      "circle-opacity": 0.08,
      "circle-stroke-color": style.colours["accent"] ?? "",
      "circle-stroke-width": 2,
    },
  });
}
