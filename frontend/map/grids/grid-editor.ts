import type { GeoJSONSource, Map as GlMap, MapMouseEvent } from "maplibre-gl";
import { languageOf } from "../../lib/duration";
import type { CityMapElement } from "../city-map";
import type { Point } from "../places";
import type { MapStyle } from "../style";
import { Bar, send } from "./bar";
import { drawn, dressDraft, SOURCES } from "./drawing";
import { answerOf, cornersOf, type Grid, type Hold, holdNear, holds, middleOf, pulled } from "./shapes";
import { GRID_WORDS, type GridWords } from "./words";

type Tool = "move" | "merge" | "split";

const REACH = 9;
const ASK_MS = 10_000;
const NUDGE_M = 1;
const METRE = 1 / 111_320;

/**
 * `<grid-editor shapes change state step last><city-map></city-map></grid-editor>`: the grids of a draft on the map, changed by hand.
 *
 * `shapes` gives those in sight, `change` takes one change (JSON) and answers with what became of it, `state` says whether somebody
 * else has changed the draft. What the server refuses is said at the spot and drawn back. After each change the event
 * `grid-changed` bubbles. A click on `[data-grid][data-at]` anywhere on the page shows that grid.
 */
export class GridEditorElement extends HTMLElement {
  #map: GlMap | null = null;
  #host: CityMapElement | null = null;
  #bar: Bar | null = null;
  #words: GridWords = GRID_WORDS.zh;
  #undress: (() => void) | null = null;
  #grids = new Map<number, Grid>();
  #exact = false;
  #step = 0;
  #last = 0;
  #tool: Tool = "move";
  #chosen = new Set<number>();
  #line: Point[] = [];
  #hold: Hold | null = null;
  #pulledTo: Point | null = null;
  #isDragging = false;
  #isBusy = false;
  #asked = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.#host = this.querySelector<CityMapElement>("city-map");
    if (!this.#host || this.#bar) return;
    this.#words = GRID_WORDS[languageOf(this)];
    this.#step = Number(this.getAttribute("step") ?? 0);
    this.#last = Number(this.getAttribute("last") ?? 0);
    const w = this.#words;
    this.#bar = new Bar(
      this,
      w.tools,
      [
        { name: "move", words: w.move, key: "1" },
        { name: "merge", words: w.merge, key: "2" },
        { name: "split", words: w.split, key: "3" },
        { name: "do", words: w.go, key: "Enter" },
        { name: "undo", words: w.undo, key: "Ctrl+Z" },
        { name: "redo", words: w.redo, key: "Ctrl+Shift+Z" },
      ],
      (name) => this.#press(name),
    );
    this.addEventListener("map-start", this.#begin);
    this.addEventListener("map-look", this.#look);
    this.addEventListener("keydown", this.#keyed, true);
    document.addEventListener("keydown", this.#anywhere);
    document.addEventListener("click", this.#listed);
    this.#timer = setInterval(() => void this.#follow(), ASK_MS);
    this.#use("move");
    if (this.#host.engine) this.#begin();
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
    this.removeEventListener("map-start", this.#begin);
    this.removeEventListener("map-look", this.#look);
    this.removeEventListener("keydown", this.#keyed, true);
    document.removeEventListener("keydown", this.#anywhere);
    document.removeEventListener("click", this.#listed);
    this.#undress?.();
    this.#bar?.remove();
    this.#bar = this.#map = this.#host = null;
  }

  #begin = (): void => {
    const engine = this.#host?.engine;
    if (!engine || this.#map) return;
    this.#map = engine.map;
    this.#undress = engine.dress((map: GlMap, style: MapStyle) => {
      dressDraft(map, style.colours);
      this.#draw();
    });
    this.#map.on("moveend", () => void this.#load());
    this.#map.on("mousemove", (event) => this.#moved(event));
    this.#map.on("mousedown", (event) => this.#taken(event));
    this.#map.on("mouseup", (event) => void this.#dropped(event));
    this.#map.on("dblclick", (event) => {
      if (this.#tool !== "split") return;
      event.preventDefault();
      void this.#act();
    });
    void this.#load();
  };

  // --- what is there

  async #load(): Promise<void> {
    const map = this.#map;
    if (!map) return;
    const asked = ++this.#asked;
    const box = map.getBounds();
    const sight = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].join(",");
    try {
      const answer = await fetch(`${this.getAttribute("shapes")}?box=${sight}&zoom=${map.getZoom()}`);
      const told = answerOf(await answer.json());
      if (asked !== this.#asked || this.#isDragging) return;
      this.#grids = new Map(told.grids.map((grid) => [grid.id, grid]));
      this.#exact = told.exact;
      this.#stand(told.step, told.last);
      for (const id of this.#chosen) if (told.exact && !this.#grids.has(id)) this.#chosen.delete(id);
      this.#guide(told.more);
      this.#draw();
      this.dataset["state"] = "ready";
    } catch (error) {
      console.error(error);
      this.#bar?.tell(this.#words.nothing);
    }
  }

  #stand(step: number, last: number): void {
    this.#step = step;
    this.#last = last;
    this.dataset["step"] = String(step);
    const undo = this.#bar?.button("undo");
    const redo = this.#bar?.button("redo");
    if (undo) undo.disabled = step <= 0;
    if (redo) redo.disabled = step >= last;
  }

  /** Asks whether somebody else has changed the draft, and who else looks at it. */
  async #follow(): Promise<void> {
    if (document.hidden || this.#isBusy || this.#isDragging) return;
    try {
      const answer = await fetch(this.getAttribute("state") ?? "");
      const told = (await answer.json()) as { step?: number; by?: string; others?: string[] };
      if (typeof told.step !== "number" || this.#isBusy) return;
      if (told.step !== this.#step) {
        this.#chosen.clear();
        await this.#load();
        this.#bar?.tell(`${this.#words.changed} ${told.by ?? ""}`);
        this.#announce();
      } else if (told.others?.length) this.#bar?.tell(`${this.#words.also} ${told.others.join("、")}`);
    } catch {
      // It is asked again in a while, and a change says so itself.
    }
  }

  #draw(): void {
    const map = this.#map;
    if (!map?.getSource(SOURCES.grids)) return;
    const shown = this.#hold && this.#pulledTo ? this.#preview(this.#hold, this.#pulledTo) : this.#grids.values();
    set(map, SOURCES.grids, drawn.grids(shown, this.#chosen));
    const one = this.#chosen.size === 1 ? this.#grids.get([...this.#chosen][0] as number) : undefined;
    const corners = this.#tool === "move" && this.#exact && one ? cornersOf(one) : [];
    set(map, SOURCES.marks, drawn.marks(corners, this.#pulledTo ?? this.#hold?.at ?? null, this.#line));
  }

  #preview(hold: Hold, to: Point): Grid[] {
    return [...this.#grids.values()].map((grid) => pulled(grid, hold, to));
  }

  // --- tools

  #press(name: string): void {
    if (name === "do") void this.#act();
    else if (name === "undo") void this.#go(this.#step - 1, this.#words.undone);
    else if (name === "redo") void this.#go(this.#step + 1, this.#words.redone);
    else this.#use(name as Tool);
    if (name !== "do") this.#map?.getCanvas().focus();
  }

  #use(tool: Tool): void {
    this.#tool = tool;
    this.#leave();
    for (const name of ["move", "merge", "split"]) this.#bar?.press(name, name === tool);
    const go = this.#bar?.button("do");
    if (go) {
      go.hidden = tool === "move";
      go.textContent = tool === "split" ? this.#words.cut : this.#words.go;
    }
    if (tool === "split") this.#map?.doubleClickZoom.disable();
    else this.#map?.doubleClickZoom.enable();
    this.#guide();
    this.#draw();
  }

  #guide(more = false): void {
    const w = this.#words;
    const guide = { move: w.moving, merge: w.merging, split: w.splitting }[this.#tool];
    this.#bar?.tell(more ? w.more : this.#exact || !this.dataset["state"] ? guide : w.near);
  }

  #leave(): void {
    this.#chosen.clear();
    this.#line = [];
    this.#hold = this.#pulledTo = null;
    this.#isDragging = false;
    this.#bar?.hush();
  }

  #look = (event: Event): void => {
    event.preventDefault();
    if (!this.#exact || this.#isDragging) return;
    const { lon, lat } = (event as CustomEvent<{ lon: number; lat: number }>).detail;
    const at: Point = [lon, lat];
    if (this.#tool === "split") this.#line.push(at);
    else {
      const grid = this.#under(at);
      const was = grid !== undefined && this.#chosen.has(grid.id);
      if (this.#tool === "move") this.#chosen.clear();
      if (grid && was) this.#chosen.delete(grid.id);
      else if (grid) this.#chosen.add(grid.id);
    }
    this.#draw();
  };

  #under(at: Point): Grid | undefined {
    return [...this.#grids.values()].find((grid) => holds(grid, at));
  }

  /** Does what was prepared: merges what is chosen, cuts along the line, or saves a corner that was moved by keys. */
  async #act(): Promise<void> {
    const middle = this.#tool === "split" ? middleOf(this.#line) : null;
    if (this.#tool === "merge" && this.#chosen.size > 1) {
      const chosen = [...this.#chosen];
      await this.#change({ what: "merge", grids: chosen }, this.#centreOf(chosen));
    } else if (middle) {
      const grid = this.#under(middle);
      if (grid) await this.#change({ what: "split", grid: grid.id, line: this.#line }, middle);
    } else if (this.#tool === "move" && this.#hold && this.#pulledTo) await this.#pull(this.#hold, this.#pulledTo);
  }

  #centreOf(ids: readonly number[]): Point | null {
    const grid = this.#grids.get(ids[0] as number);
    return grid ? (grid.geometry.coordinates[0]?.[0] ?? null) : null;
  }

  // --- dragging

  #near(event: MapMouseEvent): Hold | null {
    const map = this.#map;
    if (!map || this.#tool !== "move" || !this.#exact || this.#isBusy) return null;
    const { x, y } = event.point;
    const box: [[number, number], [number, number]] = [
      [x - REACH, y - REACH],
      [x + REACH, y + REACH],
    ];
    const ids = new Set(map.queryRenderedFeatures(box, { layers: [SOURCES.fill] }).map((one) => Number(one.id)));
    const grids = [...ids].flatMap((id) => this.#grids.get(id) ?? []);
    return holdNear(grids, event.point, (at) => map.project([at[0], at[1]]), REACH);
  }

  #moved(event: MapMouseEvent): void {
    if (this.#isDragging && this.#hold) {
      this.#pulledTo = [event.lngLat.lng, event.lngLat.lat];
      this.#draw();
      return;
    }
    if (this.#pulledTo) return; // moved by keys, not saved yet
    const hold = this.#near(event);
    const before = this.#hold?.at;
    this.#hold = hold;
    if (this.#map)
      this.#map.getCanvas().style.cursor = hold ? "grab" : this.#tool === "split" ? "crosshair" : "pointer";
    if (hold?.at[0] !== before?.[0] || hold?.at[1] !== before?.[1]) this.#draw();
  }

  #taken(event: MapMouseEvent): void {
    const hold = event.originalEvent.button === 0 ? this.#near(event) : null;
    if (!hold) return;
    event.preventDefault(); // the map stays where it is
    this.#hold = hold;
    this.#isDragging = true;
    this.#pulledTo = null;
  }

  async #dropped(event: MapMouseEvent): Promise<void> {
    if (!this.#isDragging || !this.#map) return;
    const [hold, to] = [this.#hold, this.#pulledTo];
    // A click on a border chooses, and so does not count as a drag; the click itself comes after this.
    const from = hold ? this.#map.project([hold.at[0], hold.at[1]]) : null;
    const isDrag = to && from && Math.hypot(from.x - event.point.x, from.y - event.point.y) > 3;
    setTimeout(() => {
      this.#isDragging = false;
    }, 0);
    if (hold && to && isDrag) await this.#pull(hold, to);
    else this.#pulledTo = null;
    this.#draw();
  }

  async #pull(hold: Hold, to: Point): Promise<void> {
    const asked =
      hold.kind === "corner" ? { what: "move", from: hold.at, to } : { what: "bend", side: [hold.one, hold.other], to };
    await this.#change(asked, to);
    this.#hold = this.#pulledTo = null;
    this.#draw();
  }

  // --- changes

  async #go(step: number, words: string): Promise<void> {
    if (step < 0 || step > this.#last) return;
    if (await this.#change({ what: "go", step }, null)) {
      this.#bar?.tell(words);
    }
  }

  async #change(asked: Record<string, unknown>, at: Point | null): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    this.toggleAttribute("busy", true);
    const answer = await send(this, this.getAttribute("change") ?? "", { seen: this.#step, ...asked });
    this.#isBusy = false;
    this.toggleAttribute("busy", false);
    if (!answer?.ok) {
      this.#refused(String(answer?.told["detail"] ?? this.#words.nothing), at);
      if (answer?.told["code"] === "conflict") await this.#load();
      return false;
    }
    const told = answerOf(answer.told);
    this.#leave();
    if (asked["what"] === "go") await this.#load();
    else {
      for (const id of told.gone) this.#grids.delete(id);
      for (const grid of told.grids) this.#grids.set(grid.id, grid);
    }
    this.#stand(told.step, told.last);
    this.#bar?.tell(`✓ ${this.#words.saved}`);
    this.#draw();
    this.#announce();
    return true;
  }

  #refused(words: string, at: Point | null): void {
    const map = this.#map;
    const spot = at && map ? map.project([at[0], at[1]]) : { x: this.clientWidth / 2, y: 40 };
    const canvas = map?.getCanvas().getBoundingClientRect();
    const own = this.getBoundingClientRect();
    this.#bar?.sayAt(
      words,
      spot.x + (canvas ? canvas.left - own.left : 0),
      spot.y + (canvas ? canvas.top - own.top : 0),
    );
  }

  #announce(): void {
    this.dispatchEvent(new CustomEvent("grid-changed", { bubbles: true }));
  }

  // --- keys and the list

  #anywhere = (event: KeyboardEvent): void => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches("input, textarea, select");
    if (isTyping || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    this.#press(event.shiftKey ? "redo" : "undo");
  };

  #keyed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLCanvasElement)) return;
    const tool = { "1": "move", "2": "merge", "3": "split" }[event.key];
    if (tool) this.#use(tool as Tool);
    else if (event.key === "Escape") {
      this.#leave();
      this.#draw();
    } else if (event.key === "Backspace" && this.#line.length) {
      this.#line.pop();
      this.#draw();
    } else if (event.key === "Enter" && this.#isPrepared()) void this.#act();
    else if (event.key === "n" || event.key === "p") this.#another(event.key === "n" ? 1 : -1);
    else if (event.shiftKey && event.key.startsWith("Arrow")) this.#nudge(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #isPrepared(): boolean {
    if (this.#tool === "merge") return this.#chosen.size > 1;
    if (this.#tool === "split") return this.#line.length > 1;
    return this.#hold !== null && this.#pulledTo !== null;
  }

  /** Takes hold of another corner of the grid that is chosen. */
  #another(step: number): void {
    const grid = this.#grids.get([...this.#chosen][0] ?? -1);
    if (this.#tool !== "move" || !grid) return;
    const corners = cornersOf(grid);
    const at = corners.findIndex((one) => one[0] === this.#hold?.at[0] && one[1] === this.#hold?.at[1]);
    const next = corners[(at + step + corners.length) % corners.length];
    this.#hold = next ? { kind: "corner", at: next } : null;
    this.#pulledTo = null;
    this.#draw();
  }

  #nudge(key: string): void {
    if (this.#hold?.kind !== "corner") return;
    const [lon, lat] = this.#pulledTo ?? this.#hold.at;
    const up = key === "ArrowUp" ? 1 : key === "ArrowDown" ? -1 : 0;
    const right = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    const metre = NUDGE_M * METRE;
    this.#pulledTo = [lon + (right * metre) / Math.cos((lat * Math.PI) / 180), lat + up * metre];
    this.#draw();
  }

  #listed = (event: Event): void => {
    const line = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-grid][data-at]") : null;
    const [lon, lat] = (line?.dataset["at"] ?? "").split(",").map(Number);
    if (!line || lon === undefined || lat === undefined || !this.#map) return;
    this.#chosen = new Set([Number(line.dataset["grid"])]);
    this.#map.jumpTo({ center: [lon, lat], zoom: Math.max(17, this.#map.getZoom()) });
    this.#draw();
  };
}

function set(map: GlMap, name: string, data: GeoJSON.FeatureCollection): void {
  (map.getSource(name) as GeoJSONSource | undefined)?.setData(data);
}
