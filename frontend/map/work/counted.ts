/** What the server counts in an area, checked before it gets a type; and how it stands in the panel. */
import type { Geometry } from "geojson";
import type { Language } from "../../lib/duration";
import { made } from "../desk/making";
import { toldArea, toldCount, toldLength } from "./told";
import { WORDS } from "./words";

export interface Line {
  readonly words: string;
  readonly count: number;
  readonly size: number | null;
  readonly list: string;
}

export interface Group {
  readonly title: string;
  readonly rest: number;
  readonly lines: readonly Line[];
}

export interface CountedLayer {
  readonly name: string;
  readonly title: string;
  readonly measure: "number" | "length" | "area";
  readonly refused?: string;
  readonly count: number;
  readonly size: number | null;
  readonly list: string;
  readonly too_many: boolean;
  readonly groups: readonly Group[];
}

export interface Counted {
  readonly area: Geometry;
  readonly m2: number;
  readonly border_m: number;
  readonly layers: readonly CountedLayer[];
  readonly people: readonly { readonly name: string; readonly grids: readonly string[] }[];
}

/** The answer of `/map/statistics`. Throws where it is none. */
export function countedOf(body: unknown): Counted {
  const told = body as Counted | null;
  if (!told || !Array.isArray(told.layers) || typeof told.m2 !== "number") throw new TypeError("no statistics");
  return told;
}

function sized(layer: CountedLayer, size: number | null, language: Language): string {
  if (size === null || layer.measure === "number") return "";
  return layer.measure === "length" ? toldLength(size, language) : toldArea(size, language);
}

function number(line: { readonly count: number; readonly list: string }, title: string, language: Language): Node {
  const text = toldCount(line.count, language);
  if (!line.list) return document.createTextNode(text);
  const link = made("a", "", text);
  link.href = line.list;
  link.title = `${WORDS[language].list}: ${title}`;
  return link;
}

function row(title: Node | string, count: Node | string, size: string, name = ""): HTMLTableRowElement {
  const cell = made("th", "", title);
  cell.scope = "row";
  const line = made("tr", name, cell, made("td", "", count));
  line.append(made("td", "", size));
  return line;
}

/** One layer: a table that opens, with its number and, by each property, how many have which value. */
function tableOf(layer: CountedLayer, language: Language): HTMLElement {
  const words = WORDS[language];
  const head = made(
    "summary",
    "",
    made("span", "mw-title", layer.title),
    made("span", "mw-number", toldCount(layer.count, language)),
    made("span", "mw-size", sized(layer, layer.size, language)),
  );
  const box = made("details", "mw-layer", head);
  box.dataset["layer"] = layer.name;
  box.open = layer.name === "cases" || layer.name === "parts";
  if (layer.list) {
    const link = made("a", "mw-all", words.list);
    link.href = layer.list;
    box.append(link);
  }
  if (layer.too_many) box.append(made("p", "md-quiet", words.tooMany));
  for (const group of layer.groups) {
    const table = made("table", "mw-table");
    table.append(made("caption", "", group.title));
    const body = made("tbody", "");
    for (const line of group.lines)
      body.append(row(line.words, number(line, line.words, language), sized(layer, line.size, language)));
    if (group.rest) body.append(row(words.rest, toldCount(group.rest, language), "", "rest"));
    table.append(body);
    box.append(table);
  }
  return box;
}

/** All that was counted: what there is first, what there is none of in one line. */
export function drawCounted(counted: Counted, language: Language): HTMLElement {
  const words = WORDS[language];
  const facts = made("dl", "mw-figures");
  facts.append(
    made("dt", "", words.drawnArea),
    made("dd", "large", toldArea(counted.m2, language)),
    made("dt", "", words.border),
    made("dd", "large", toldLength(counted.border_m, language)),
  );
  const whole = made("div", "mw-counted", facts);
  const some = counted.layers.filter((layer) => layer.count > 0 && !layer.refused);
  // The work and the parts are what is asked for most: they stand first, the ground last.
  for (const layer of [...some].sort((one, other) => rank(one) - rank(other))) whole.append(tableOf(layer, language));
  if (counted.people.length) {
    const list = made("ul", "mw-people");
    for (const one of counted.people) list.append(made("li", "", `${one.name} · ${one.grids.join(" ")}`));
    whole.append(made("h3", "", `${words.people} ${counted.people.length}`), list);
  }
  const none = counted.layers.filter((layer) => layer.count === 0 && !layer.refused).map((layer) => layer.title);
  if (none.length) whole.append(made("p", "md-quiet", `${words.nothing}${none.join(language === "zh" ? "、" : ", ")}`));
  for (const layer of counted.layers)
    if (layer.refused) whole.append(made("p", "mw-refused", `${layer.title}: ${layer.refused}`));
  return whole;
}

const ORDER = ["cases", "parts", "unit_grids", "duty_grids", "regions", "roads", "buildings", "areas"];

function rank(layer: CountedLayer): number {
  const at = ORDER.indexOf(layer.name);
  return at < 0 ? ORDER.length : at;
}
