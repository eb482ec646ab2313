/** The style document from the server, checked before it gets a type. */
import type { StyleSpecification } from "maplibre-gl";
import type { Colours } from "./pictures";

export interface LegendLine {
  readonly words: string;
  readonly colour: string;
  readonly mark: string;
}

/** What the server tells of a layer. */
export interface ToldLayer {
  readonly name: string;
  readonly title: string;
  readonly group: string;
  readonly shown: boolean;
  readonly live: boolean;
  readonly columns: Readonly<Record<string, string>>;
  readonly legend: readonly LegendLine[];
  /** What the values of columns mean, by column and value. */
  readonly words: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The address of a thing's own page, with the name of the column that it is called by: `/desk/parts/{code}`; "" for none. */
  readonly page: string;
}

/** A heading in the tree of layers. */
export interface ToldGroup {
  readonly name: string;
  readonly title: string;
}

export interface MapStyle {
  readonly document: StyleSpecification;
  readonly colours: Colours;
  readonly layers: readonly ToldLayer[];
  readonly groups: readonly ToldGroup[];
}

export type Theme = "light" | "dark" | "screen";

/** The theme that `asked` names, else the one that the system prefers. */
export function themeOf(asked: string | null, isDark: boolean): Theme {
  return asked === "light" || asked === "dark" || asked === "screen" ? asked : isDark ? "dark" : "light";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** The document with whole addresses, since a worker has no page to complete them. Throws where it is none of ours. */
export function styleOf(body: unknown, origin: string): MapStyle {
  const metadata = isRecord(body) ? body["metadata"] : null;
  if (!isRecord(body) || body["version"] !== 8 || !isRecord(body["sources"]) || !isRecord(metadata)) {
    throw new TypeError("not the style of a city's map");
  }
  const colours = metadata["cityloop:colours"];
  const layers = metadata["cityloop:layers"];
  const groups = metadata["cityloop:groups"];
  if (!isRecord(colours) || !Array.isArray(layers) || !Array.isArray(groups))
    throw new TypeError("a style without its layers");
  for (const source of Object.values(body["sources"])) {
    if (isRecord(source) && Array.isArray(source["tiles"])) {
      source["tiles"] = source["tiles"].map((tile) => new URL(origin).origin + String(tile));
    }
  }
  return {
    document: body as unknown as StyleSpecification,
    colours: colours as Colours,
    layers: layers as unknown as ToldLayer[],
    groups: groups as unknown as ToldGroup[],
  };
}

/** The layer of ours that a layer of the style draws; "" for the land. */
export function layerOf(metadata: unknown): string {
  const name = isRecord(metadata) ? metadata["cityloop:layer"] : "";
  return typeof name === "string" ? name : "";
}
