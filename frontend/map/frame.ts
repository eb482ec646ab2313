/** What lies over the map: buttons, legend, search box, a card, and the line that screen readers hear. */
import { drawing, mark } from "./pictures";
import { KEYS } from "./signs";
import type { MapStyle, ToldLayer } from "./style";
import type { Words } from "./words";

export type Act = "in" | "out" | "home" | "legend" | "draw";

/** Something found by name, as the server tells it. */
export interface Found {
  readonly title: string;
  readonly kind: string;
  readonly box: readonly [number, number, number, number];
  readonly key: string;
}

function element<K extends keyof HTMLElementTagNameMap>(tag: K, name: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = name;
  return made;
}

function button(words: string, paths: string): HTMLButtonElement {
  const made = element("button", "map-key");
  made.type = "button";
  made.title = words;
  made.setAttribute("aria-label", words);
  made.append(drawing(paths));
  return made;
}

/** A list of facts, each with its title. */
function facts(lines: readonly (readonly [string, string])[]): HTMLDListElement {
  const list = element("dl", "map-facts");
  for (const [title, text] of lines) {
    const name = document.createElement("dt");
    name.textContent = title;
    const value = document.createElement("dd");
    value.textContent = text;
    list.append(name, value);
  }
  return list;
}

export class Frame {
  readonly root = element("div", "map-frame");
  readonly canvas = element("div", "map-canvas");
  readonly status = element("p", "map-status");
  readonly #keys = element("div", "map-keys");
  readonly #legend = element("div", "map-legend");
  readonly #card = element("div", "map-card");
  readonly #note = element("p", "map-note");
  readonly #found = element("ul", "map-found");
  readonly #words: Words;

  constructor(words: Words, act: (act: Act) => void) {
    this.#words = words;
    this.status.setAttribute("role", "status");
    this.#legend.hidden = this.#card.hidden = this.#note.hidden = this.#found.hidden = true;
    this.#legend.setAttribute("role", "group");
    this.#legend.setAttribute("aria-label", words.legend);
    for (const [name, title, paths] of [
      ["legend", words.legend, KEYS.legend],
      ["draw", words.draw, KEYS.polygon],
      ["home", words.home, KEYS.home],
      ["in", words.zoomIn, KEYS.plus],
      ["out", words.zoomOut, KEYS.minus],
    ] as const) {
      const key = button(title, paths);
      key.dataset["act"] = name;
      key.addEventListener("click", () => act(name));
      this.#keys.append(key);
    }
    this.root.append(this.canvas, this.#note, this.#legend, this.#card, this.#keys, this.status);
  }

  /** Leaves away the buttons that the host did not ask for. */
  offer(acts: ReadonlySet<Act>): void {
    for (const key of this.#keys.querySelectorAll<HTMLButtonElement>("button")) {
      key.hidden = !acts.has(key.dataset["act"] as Act);
    }
  }

  press(act: Act, on: boolean): void {
    this.#keys.querySelector(`[data-act="${act}"]`)?.setAttribute("aria-pressed", String(on));
  }

  /** Says what is to be done now, above the map; "" for nothing. */
  tell(words: string): void {
    this.#note.textContent = words;
    this.#note.hidden = words === "";
  }

  /** Adds the box in which things are looked for by their names. */
  offerSearch(ask: (words: string) => Promise<readonly Found[]>, choose: (found: Found) => void): void {
    const box = element("div", "map-search");
    const field = element("input", "form-control");
    field.type = "search";
    field.placeholder = this.#words.find;
    field.setAttribute("aria-label", this.#words.find);
    let asked = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = ++asked;
        const words = field.value.trim();
        const found = words.length < 2 ? null : await ask(words);
        if (mine === asked) this.#list(found, choose);
      }, 200);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#list(null, choose);
      if (event.key === "ArrowDown") this.#found.querySelector("button")?.focus();
      if (event.key === "Enter") this.#found.querySelector("button")?.click();
    });
    box.append(drawing(KEYS.search, 16), field, this.#found);
    this.root.append(box);
  }

  #list(found: readonly Found[] | null, choose: (found: Found) => void): void {
    this.#found.replaceChildren();
    this.#found.hidden = found === null;
    for (const one of found ?? []) {
      const line = document.createElement("li");
      const pick = element("button", "");
      pick.type = "button";
      const title = document.createElement("strong");
      title.textContent = one.title;
      const kind = document.createElement("span");
      kind.textContent = one.kind;
      pick.append(title, kind);
      pick.addEventListener("click", () => {
        this.#list(null, choose);
        choose(one);
      });
      line.append(pick);
      this.#found.append(line);
    }
    if (found?.length === 0) {
      const line = element("li", "none");
      line.textContent = this.#words.nothing;
      this.#found.append(line);
    }
    this.status.textContent = found === null ? "" : String(found.length || this.#words.nothing);
  }

  /** Shows what was chosen on the map: a title and facts. */
  card(title: string, lines: readonly (readonly [string, string])[]): void {
    const head = document.createElement("strong");
    head.textContent = title;
    const close = button(this.#words.close, KEYS.close);
    close.addEventListener("click", () => this.noCard());
    this.#card.replaceChildren(head, close, facts(lines));
    this.#card.hidden = false;
  }

  noCard(): void {
    this.#card.hidden = true;
  }

  get isLegendOpen(): boolean {
    return !this.#legend.hidden;
  }

  openLegend(open: boolean): void {
    this.#legend.hidden = !open;
    this.press("legend", open);
  }

  /** Lists the layers with their switches, and of those in sight what their marks mean: nothing else is on the map. */
  legend(
    style: MapStyle,
    on: ReadonlySet<string>,
    inSight: ReadonlySet<string>,
    turn: (layer: ToldLayer) => void,
  ): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset?.["layer"];
    this.#legend.replaceChildren(
      ...style.layers.map((layer) => {
        const line = element("div", "map-layer");
        const label = document.createElement("label");
        const box = element("input", "form-check-input");
        box.type = "checkbox";
        box.checked = on.has(layer.name);
        box.dataset["layer"] = layer.name;
        box.addEventListener("change", () => turn(layer));
        label.append(box, layer.title);
        line.append(label);
        if (on.has(layer.name) && inSight.has(layer.name)) {
          const list = document.createElement("ul");
          for (const one of layer.legend) {
            const entry = document.createElement("li");
            entry.append(mark(one.mark, one.colour, style.colours), one.words);
            list.append(entry);
          }
          line.append(list);
        }
        return line;
      }),
    );
    if (focused) this.#legend.querySelector<HTMLElement>(`[data-layer="${focused}"]`)?.focus();
  }
}
