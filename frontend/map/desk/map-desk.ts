import { languageOf } from "../../lib/duration";
import type { CityMapElement } from "../city-map";
import { groundsAsked, groundsTold } from "../grounds";
import { drawing } from "../pictures";
import { boundsOf } from "../places";
import type { ToldLayer } from "../style";
import { ICONS } from "./icons";
import { iconButton, made } from "./making";
import { State } from "./state";
import { type Click, type Close, type Desk, type Happening, type Tool, tools } from "./tools";
import { filled, WORDS } from "./words";

const FIRST = "layers";
const ISO_DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * `<map-desk>`: the map with its panel and its tools (`tools.ts`). Attributes: `bounds="west,south,east,north"` of the reader's city,
 * `city` (its name), `reader` (who looks). What is shown stands in the address (`state.ts`).
 */
export class MapDeskElement extends HTMLElement {
  readonly #heard = new Map<Happening, Set<() => void>>();
  readonly #clicks: ((click: Click) => void)[] = [];
  readonly #closing = new AbortController();
  #open: { readonly tool: Tool; readonly close: Close } | null = null;
  #turn = 0;
  #isFetching = false;
  #map: CityMapElement | null = null;

  connectedCallback(): void {
    if (this.#map) return;
    const words = WORDS[languageOf(this)];
    const state = new State(location.search, (query) =>
      history.replaceState(null, "", `${location.pathname}${query}${location.hash}`),
    );
    const host = document.createElement("city-map");
    this.#map = host;
    host.setAttribute("bounds", this.getAttribute("bounds") ?? "");
    host.setAttribute("hash", "");
    const [layers, ground, day] = [state.get("layers"), state.get("ground"), state.get("day")];
    const more = state.get("show");
    if (layers) host.setAttribute("only", layers);
    else if (more) host.setAttribute("layers", more);
    if (ground) host.setAttribute("ground", ground);
    if (day && ISO_DAY.test(day)) host.setAttribute("day", day);

    const find = made("div", "md-find");
    const title = made("h2", "md-title");
    const said = made("p", "md-said");
    said.setAttribute("role", "status");
    const body = made("div", "md-body");
    const panel = made("aside", "md-panel", find);
    const head = made("header", "md-head", title);
    const sheet = made("section", "md-sheet", head, said, body);
    panel.append(sheet);
    const stage = made("div", "md-stage", host);
    const bar = made("nav", "md-bar");
    bar.setAttribute("aria-label", words.tools);
    const days = made("div", "md-days");
    const main = made("div", "md-main", made("div", "md-top", bar, days), stage);
    this.replaceChildren(panel, main);

    const signal = this.#closing.signal;
    host.addEventListener("map-start", () => this.#begin({ state, host, stage, body, title, said, find, days, bar }), {
      signal,
    });
    head.append(
      iconButton(words.close, ICONS.close, () => {
        this.dataset["panel"] = "closed";
        if (this.#open && this.#open.tool.name !== FIRST) this.#show(FIRST);
        this.#fit();
      }),
    );
  }

  disconnectedCallback(): void {
    if (this.isConnected) return;
    this.#open?.close();
    this.#open = null;
    this.#closing.abort();
  }

  #desk: Desk | null = null;
  #pieces: Pieces | null = null;

  /** The map runs: the tools may be used. */
  #begin(pieces: Pieces): void {
    const { state, host, stage, body, said } = pieces;
    const engine = host.engine;
    if (!engine || this.#desk) return;
    this.#pieces = pieces;
    const here = this;
    const desk: Desk = {
      map: engine.map,
      get style() {
        return engine.style;
      },
      body,
      language: languageOf(this),
      state,
      bounds: boundsOf(this.getAttribute("bounds")),
      get day() {
        return host.getAttribute("day");
      },
      get shown(): readonly ToldLayer[] {
        return engine.style.layers.filter((layer) => engine.isOn(layer.name));
      },
      get ground() {
        return groundsAsked(host.getAttribute("ground"));
      },
      show(names) {
        const usual = engine.style.layers.every((layer) => names.has(layer.name) === layer.shown);
        const known = engine.style.layers.filter((layer) => names.has(layer.name)).map((layer) => layer.name);
        // A list that is empty must stand in the address too: else a link would bring the usual layers.
        state.set("layers", usual ? null : known.join(",") || "none");
        if (usual) host.removeAttribute("only");
        else host.setAttribute("only", known.join(",") || "none");
        here.#tell("layers");
      },
      lay(grounds) {
        const told = groundsTold(grounds);
        state.set("ground", told);
        if (told) host.setAttribute("ground", told);
        else host.removeAttribute("ground");
        here.#tell("layers");
      },
      goTo(day) {
        const asked = day && ISO_DAY.test(day) ? day : null;
        state.set("day", asked);
        if (asked) host.setAttribute("day", asked);
        else host.removeAttribute("day");
        here.#tell("day");
      },
      hear: (what, then) => this.#hear(what, then),
      takeClicks: (then) => {
        this.#clicks.push(then);
        engine.map.getCanvas().style.cursor = "crosshair";
        return () => {
          const at = this.#clicks.lastIndexOf(then);
          if (at >= 0) this.#clicks.splice(at, 1);
          engine.map.getCanvas().style.cursor = "";
        };
      },
      dress: (dresser) => engine.dress(dresser),
      say: (text) => {
        said.textContent = text;
      },
      host,
      stage,
      open: (name) => this.#show(name),
    };
    this.#desk = desk;
    engine.map.on("moveend", () => this.#tell("move"));
    host.addEventListener("map-style", () => this.#tell("style"));
    host.addEventListener("map-look", (event) => this.#look(event as CustomEvent<Looked>));
    this.#offerTools(pieces);
    this.#offerDays(desk, pieces);
    void import("./find").then(({ offerFind }) => offerFind(desk, pieces.find));
    if (innerWidth <= PHONE) this.dataset["panel"] = "closed";
    const asked = state.get("here") ? "here" : state.get("tool");
    const known = tools().some((tool) => tool.name === asked);
    // What lies somewhere is told of what is drawn: of the map that stands still.
    if (asked === "here") engine.map.once("idle", () => void this.#show(asked));
    else void this.#show(known && asked ? asked : FIRST, known);
    const note = this.getAttribute("said");
    if (note) desk.say(note);
  }

  #tell(what: Happening): void {
    for (const then of [...(this.#heard.get(what) ?? [])]) then();
  }

  #hear(what: Happening, then: () => void): () => void {
    const all = this.#heard.get(what) ?? new Set();
    this.#heard.set(what, all);
    all.add(then);
    return () => all.delete(then);
  }

  /** A click belongs to the tool that took clicks last; else it asks what lies there. */
  #look(event: CustomEvent<Looked>): void {
    event.preventDefault();
    const desk = this.#desk;
    if (!desk) return;
    const { lon, lat, x, y } = event.detail;
    const click: Click = { lngLat: desk.map.getCenter(), point: { x, y } };
    click.lngLat.lng = lon;
    click.lngLat.lat = lat;
    const taker = this.#clicks.at(-1);
    const turn = this.#turn;
    if (taker) taker(click);
    // While a tool is being fetched the click was meant for it, and must not put another in its place.
    else if (!this.#isFetching) void import("./here").then(({ tellOf }) => turn === this.#turn && tellOf(desk, click));
  }

  #offerTools({ bar }: Pieces): void {
    const language = languageOf(this);
    bar.append(
      ...tools()
        .filter((tool) => !tool.isHidden)
        .map((tool) => {
          const button = made("button", "md-tool", drawing(tool.icon, 18), made("span", "", tool.title[language]));
          button.type = "button";
          button.dataset["tool"] = tool.name;
          button.addEventListener("click", () => {
            const isOpen = this.#open?.tool === tool && this.dataset["panel"] !== "closed";
            if (isOpen && tool.name === FIRST) this.dataset["panel"] = "closed";
            else this.#show(isOpen ? FIRST : tool.name);
            this.#fit();
          });
          return button;
        }),
    );
  }

  #offerDays(desk: Desk, { days, host }: Pieces): void {
    const words = WORDS[desk.language];
    const field = made("input", "form-control");
    field.type = "date";
    field.setAttribute("aria-label", words.day);
    field.title = words.day;
    const today = made("button", "md-today", words.today);
    today.type = "button";
    const show = (): void => {
      field.value = desk.day ?? "";
      today.hidden = desk.day === null;
      days.classList.toggle("past", desk.day !== null);
      host.dataset["past"] = desk.day ?? "";
      this.dataset["day"] = desk.day ?? "";
      this.#pieces?.said.replaceChildren(desk.day ? filled(words.past, { day: desk.day }) : "");
    };
    field.addEventListener("change", () => desk.goTo(field.value || null));
    today.addEventListener("click", () => {
      desk.goTo(null);
      field.focus();
    });
    this.#hear("day", show);
    days.append(field, today);
    show();
  }

  /** Opens a tool in the panel, in place of the one that is open. */
  async #show(name: string, isAsked = true): Promise<void> {
    const tool = tools().find((one) => one.name === name);
    const { title, body, state, bar, said } = this.#pieces ?? {};
    const desk = this.#desk;
    if (!tool || !desk || !title || !body || !state || !bar || !said) return;
    const turn = ++this.#turn;
    const words = WORDS[desk.language];
    this.#open?.close();
    this.#open = null;
    title.textContent = tool.title[desk.language];
    body.replaceChildren(made("p", "md-quiet", words.loading));
    body.dataset["open"] = tool.name;
    said.textContent = desk.day ? filled(words.past, { day: desk.day }) : "";
    state.set("tool", name === FIRST || tool.isHidden ? null : name);
    if (isAsked) delete this.dataset["panel"];
    for (const button of bar.querySelectorAll<HTMLElement>("[data-tool]"))
      button.setAttribute("aria-pressed", String(button.dataset["tool"] === name));
    this.#fit();
    this.#isFetching = true;
    try {
      const { open } = await tool.load();
      if (turn !== this.#turn) return;
      body.replaceChildren();
      this.#open = { tool, close: open(desk) };
    } catch (error) {
      console.error(error);
      if (turn === this.#turn) body.replaceChildren(made("p", "md-quiet", words.failed));
    } finally {
      if (turn === this.#turn) this.#isFetching = false;
    }
  }

  /** The map fills what the panel leaves. */
  #fit(): void {
    this.#desk?.map.resize();
  }
}

const PHONE = 720;

interface Looked {
  readonly lon: number;
  readonly lat: number;
  readonly x: number;
  readonly y: number;
}

interface Pieces {
  readonly state: State;
  readonly host: CityMapElement;
  readonly stage: HTMLElement;
  readonly body: HTMLElement;
  readonly title: HTMLElement;
  readonly said: HTMLElement;
  readonly find: HTMLElement;
  readonly days: HTMLElement;
  readonly bar: HTMLElement;
}
