/** Takes rows of layers away as a file: what is in sight, in the drawn area, or all of it. */
import { choice, labelled, made, wordButton } from "../desk/making";
import type { Close, Desk } from "../desk/tools";
import { areaAsked, boxOf, shapeOf, type WorkArea } from "./area";
import { asked, Refusal } from "./asking";
import { AREA } from "./statistics";
import { tabs } from "./tabs";
import { toldCount } from "./told";
import { WORDS } from "./words";

const EVERY_MS = 1000;

interface Only {
  readonly name: string;
  readonly title: string;
  readonly values: readonly (readonly [string, string])[];
}

interface TakenLayer {
  readonly name: string;
  readonly title: string;
  readonly only: readonly Only[];
}

interface Told {
  readonly rows: number;
  readonly total: number | null;
  readonly is_over: boolean;
  readonly failure: string;
  readonly file: string;
}

export function open(desk: Desk): Close {
  const { language } = desk;
  const words = WORDS[language];
  const closing = new AbortController();
  const drawn = areaAsked(desk.state.get(AREA));
  let form = "gpkg";
  let scope = drawn ? "area" : "view";

  const layers = made("div", "mw-layers", made("p", "md-quiet", "…"));
  const far = made("div", "mw-far");
  far.setAttribute("role", "status");
  const button = wordButton(words.take, () => void begin(), "btn btn-primary");

  const scopes = tabs(
    words.scope,
    [
      ["view", words.scopes.view],
      ...(drawn ? ([["area", words.scopes.area]] as const) : []),
      ["all", words.scopes.all],
    ],
    scope,
    (chosen) => {
      scope = chosen;
    },
  );
  const forms = choice(Object.entries(words.forms), form);
  forms.addEventListener("change", () => {
    form = forms.value;
  });
  desk.body.append(
    labelled(words.form, forms),
    made("p", "mw-label", words.scope),
    scopes,
    made("p", "mw-label", words.layersToTake),
    layers,
    button,
    far,
    made("p", "md-quiet", `${words.crs} ${words.kept}`),
  );
  void offer();

  async function offer(): Promise<void> {
    try {
      const told = (await asked("/map/work.json", undefined, closing.signal)) as { layers: readonly TakenLayer[] };
      const shown = new Set(desk.shown.map((layer) => layer.name));
      layers.replaceChildren(...told.layers.map((layer) => lineOf(layer, shown.has(layer.name))));
    } catch {
      if (!closing.signal.aborted) layers.replaceChildren(made("p", "mw-refused", words.failed));
    }
  }

  /** A layer to take, and by what it may be narrowed once it is taken. */
  function lineOf(layer: TakenLayer, isTaken: boolean): HTMLElement {
    const box = made("input", "form-check-input");
    box.type = "checkbox";
    box.name = "layer";
    box.value = layer.name;
    box.checked = isTaken;
    const line = made("div", "mw-take", made("label", "", box, layer.title));
    const narrow = made("div", "mw-narrow");
    for (const one of layer.only) {
      const field = choice([["", words.any], ...one.values], "");
      field.dataset["layer"] = layer.name;
      field.name = one.name;
      narrow.append(labelled(one.title, field));
    }
    narrow.hidden = !isTaken;
    box.addEventListener("change", () => {
      narrow.hidden = !box.checked;
    });
    if (layer.only.length) line.append(narrow);
    return line;
  }

  function area(): WorkArea | null {
    if (scope === "area") return drawn;
    if (scope === "all") return null;
    const box = desk.map.getBounds();
    const shape = shapeOf("polygon", boxOf([box.getWest(), box.getSouth()], [box.getEast(), box.getNorth()]));
    return shape ? { shape, buffer: 0 } : null;
  }

  async function begin(): Promise<void> {
    const names = [...layers.querySelectorAll<HTMLInputElement>("input:checked")].map((one) => one.value);
    if (names.length === 0) {
      far.replaceChildren(made("p", "mw-refused", words.chooseLayer));
      return;
    }
    const only: Record<string, Record<string, string>> = {};
    for (const field of layers.querySelectorAll<HTMLSelectElement>("select")) {
      const layer = field.dataset["layer"] ?? "";
      if (field.value && names.includes(layer)) only[layer] = { ...only[layer], [field.name]: field.value };
    }
    const within = area();
    const body = { form, layers: names, only, area: within?.shape ?? null, buffer_m: within?.buffer ?? 0 };
    const day = desk.day ? `?day=${desk.day}` : "";
    button.disabled = true;
    far.replaceChildren(made("p", "md-quiet", words.waiting));
    try {
      const told = (await asked(`/map/exports${day}`, body, closing.signal)) as { address: string };
      await follow(told.address);
    } catch (error) {
      if (closing.signal.aborted) return;
      const why = error instanceof Refusal && error.message ? error.message : words.failed;
      far.replaceChildren(made("p", "mw-refused", why));
    } finally {
      button.disabled = false;
    }
  }

  /** Asks how far it is until it is over. */
  async function follow(address: string): Promise<void> {
    const bar = made("progress", "mw-progress");
    const said = made("p", "md-quiet", words.waiting);
    far.replaceChildren(bar, said);
    for (;;) {
      const told = (await asked(address, undefined, closing.signal)) as Told;
      const n = toldCount(told.rows, language);
      if (told.is_over) {
        if (told.failure) throw new Refusal(told.failure);
        const link = made("a", "btn btn-primary", words.download);
        link.href = told.file;
        link.setAttribute("download", "");
        far.replaceChildren(made("p", "md-quiet", words.done.replace("{n}", n)), link);
        return;
      }
      if (told.total) {
        bar.max = told.total;
        bar.value = Math.min(told.rows, told.total);
        said.textContent = words.writtenOf.replace("{n}", n).replace("{total}", toldCount(told.total, language));
      } else if (told.rows) said.textContent = words.written.replace("{n}", n);
      await new Promise((then) => setTimeout(then, EVERY_MS));
      closing.signal.throwIfAborted();
    }
  }

  return () => {
    closing.abort();
    desk.body.replaceChildren();
  };
}
