/** The tools of the map's desk. Each is registered with a drawing and words; what it does comes in a chunk of its own when it is opened. */
import type { Map as GlMap, LngLat } from "maplibre-gl";
import type { Language } from "../../lib/duration";
import type { Dresser } from "../engine";
import type { Bounds } from "../places";
import type { MapStyle, ToldLayer } from "../style";
import type { State } from "./state";

/** A click on the map: where it is on the ground, and on the screen. */
export interface Click {
  readonly lngLat: LngLat;
  readonly point: { readonly x: number; readonly y: number };
}

/** What happens on the desk: other layers, another day, another style (the old one's sources are gone), the map has moved. */
export type Happening = "layers" | "day" | "style" | "move";

/** What a tool may use. Whatever it takes it gives back when it is closed. */
export interface Desk {
  readonly map: GlMap;
  /** Colours and layers as they are now. */
  readonly style: MapStyle;
  /** The part of the panel that is the tool's: empty when it opens, emptied when it closes. */
  readonly body: HTMLElement;
  readonly language: Language;
  /** What the address keeps; a tool's keys begin with its name. */
  readonly state: State;
  /** Around the reader's city. */
  readonly bounds: Bounds | null;
  /** The day whose map is shown, as 2026-04-30; null for today's. */
  readonly day: string | null;
  /** The layers that are on the map. */
  readonly shown: readonly ToldLayer[];
  /** Names of what is laid under the map, each with its opacity. */
  readonly ground: ReadonlyMap<string, number>;
  /** Shows exactly these layers. */
  show(names: ReadonlySet<string>): void;
  /** Lays these under the map. */
  lay(grounds: ReadonlyMap<string, number>): void;
  /** Shows the map of a day, null for today's. */
  goTo(day: string | null): void;
  /** Calls `then` when something happens, until it is undone. */
  hear(what: Happening, then: () => void): () => void;
  /** Gets the clicks on the map instead of telling what lies there, until it is undone. */
  takeClicks(then: (click: Click) => void): () => void;
  /** Draws on the map now and after each new style, until it is undone; what was drawn the tool takes away itself. */
  dress(dresser: Dresser): () => void;
  /** Says what is so or to be done, below the panel's title and to screen readers; "" for nothing. */
  say(words: string): void;
  /** The `<city-map>` and the box around it, in which something may lie over the map. */
  readonly host: HTMLElement;
  readonly stage: HTMLElement;
  /** Opens another tool. */
  open(name: string): void;
}

/** Undoes what `open` did. */
export type Close = () => void;

export interface Tool {
  /** In addresses: small letters. */
  readonly name: string;
  /** Paths of a drawing, 24 × 24 (Tabler Icons). */
  readonly icon: string;
  /** One or two words on the button. */
  readonly title: Readonly<Record<Language, string>>;
  /** Where it stands among the others. */
  readonly order: number;
  /** Not on the bar: opened by something else. */
  readonly isHidden?: boolean;
  /** Fetches what it does. */
  load(): Promise<{ open(desk: Desk): Close }>;
}

const registered = new Map<string, Tool>();

/** Puts tools on the desk. Throws where a name is taken. */
export function register(...tools: readonly Tool[]): void {
  for (const tool of tools) {
    if (registered.has(tool.name)) throw new TypeError(`there is a tool “${tool.name}” already`);
    registered.set(tool.name, tool);
  }
}

/** The tools in their order. */
export function tools(): readonly Tool[] {
  return [...registered.values()].sort((one, other) => one.order - other.order || one.name.localeCompare(other.name));
}
