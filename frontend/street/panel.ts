/** The panel in which one stands in the street: picture, compass, ways, what is known of it; the map beside it shows where one looks. */
import { turned, turnTo, wayTo } from "./angles";
import { Flat, type Stage } from "./stage";
import { pictureAt, type StreetPicture, type Way } from "./view";
import { said, type Words } from "./words";

/** Who shows on a map where one looks. */
export type Shown = (at: StreetPicture | null, look: number, width: number) => void;

export class StreetPanel {
  readonly root = document.createElement("section");
  readonly #stageBox = document.createElement("div");
  readonly #facts = document.createElement("p");
  readonly #note = document.createElement("p");
  readonly #ways = document.createElement("div");
  readonly #compass = document.createElement("span");
  readonly #words: Words;
  readonly #shown: Shown;
  readonly #closed: () => void;
  #view: StreetPicture;
  #stage: Stage | null = null;
  #turn = 0;

  constructor(view: StreetPicture, words: Words, shown: Shown, closed: () => void) {
    this.#view = view;
    this.#words = words;
    this.#shown = shown;
    this.#closed = closed;
    this.root.className = "street-panel";
    this.root.tabIndex = -1;
    this.root.setAttribute("aria-label", words.open);
    this.#facts.className = "street-facts";
    this.#facts.setAttribute("role", "status");
    this.#note.className = "street-note";
    this.#note.hidden = true;
    this.#stageBox.className = "street-stage";
    this.#ways.className = "street-ways";
    this.#compass.className = "street-compass";
    const bar = document.createElement("div");
    bar.className = "street-bar";
    bar.append(
      this.#button("←", words.left, () => this.#stage?.turn(-1)),
      this.#button("→", words.right, () => this.#stage?.turn(1)),
      this.#button("−", words.wider, () => this.#stage?.zoom(-1)),
      this.#button("+", words.closer, () => this.#stage?.zoom(1)),
      this.#compass,
      this.#facts,
      this.#button("✕", words.close, () => this.close()),
    );
    this.#stageBox.append(this.#ways);
    this.root.append(bar, this.#note, this.#stageBox);
    this.root.addEventListener("keydown", this.#key);
    this.root.title = "";
    void this.#open();
  }

  close(): void {
    this.#turn += 1;
    this.#stage?.remove();
    this.#stage = null;
    this.root.remove();
    this.#shown(null, 0, 0);
    this.#closed();
  }

  /** Goes to another picture, looking the same way unless it says another. */
  async go(id: number, look?: number): Promise<void> {
    const turn = ++this.#turn;
    const view = await pictureAt(id).catch(() => null);
    if (turn !== this.#turn) return;
    if (!view) {
      this.#say(this.#words.gone);
      return;
    }
    await this.showView(view, look ?? (view.kind === "photo" ? (view.heading ?? view.look) : this.#look));
  }

  async showView(view: StreetPicture, look: number): Promise<void> {
    const isOther = view.kind !== this.#view.kind;
    this.#view = view;
    if (isOther || !this.#stage) {
      this.#stage?.remove();
      this.#stage = null;
      await this.#open(look);
      return;
    }
    this.#tell(look);
    await this.#stage.show(view, look).catch(() => this.#say(this.#words.gone));
  }

  get #look(): number {
    return this.#stage?.look ?? this.#view.look;
  }

  async #open(look = this.#view.look): Promise<void> {
    const turn = ++this.#turn;
    const view = { ...this.#view, look };
    this.#say("");
    this.#tell(look);
    if (view.kind === "pano" && view.levels.length > 0 && hasWebGL()) {
      try {
        const { Sphere } = await import("./sphere");
        if (turn !== this.#turn) return;
        this.#stage = new Sphere(this.#stageBox, view, this.#looked, {
          loading: this.#words.loading,
          failed: this.#words.gone,
        });
        return;
      } catch (error) {
        if (turn !== this.#turn) return;
        console.error(error);
      }
    }
    if (view.kind === "pano") this.#say(this.#words.plain);
    this.#stage = new Flat(this.#stageBox, view, this.#looked, (one) => this.#described(one));
  }

  #described(view: StreetPicture): string {
    return [this.#words[view.kind], view.taken].join(" · ");
  }

  #looked = (look: number, width: number): void => {
    this.#shown(this.#view, look, width);
    this.#point(look);
    for (const way of this.#ways.querySelectorAll<HTMLElement>("button")) {
      const turn = turnTo(look, Number(way.dataset["bearing"]));
      way.style.setProperty("--turn", `${turn}deg`);
      way.style.setProperty("--aside", String(Math.sin((turn * Math.PI) / 180)));
      way.style.setProperty("--ahead", String(Math.cos((turn * Math.PI) / 180)));
    }
  };

  #point(look: number): void {
    const isKnown = this.#view.heading !== null;
    const name = this.#words.points[Math.round(turned(look) / 45) % 8] ?? "";
    this.#compass.textContent = isKnown ? `${name} ${Math.round(turned(look)) % 360}°` : this.#words.unknown;
    this.root.dataset["look"] = isKnown ? String(Math.round(turned(look)) % 360) : "";
  }

  #tell(look: number): void {
    const view = this.#view;
    this.root.dataset["view"] = String(view.id);
    this.#facts.textContent = [
      this.#described(view),
      view.metres === null ? "" : `${view.metres} m`,
      `${view.lon.toFixed(5)}, ${view.lat.toFixed(5)}`,
    ]
      .filter(Boolean)
      .join(" · ");
    this.#ways.replaceChildren(...view.beside.map((way) => this.#way(way)));
    this.#looked(look, 75);
  }

  #way(way: Way): HTMLButtonElement {
    const words = said(this.#words.next, { m: Math.round(way.metres) });
    const button = this.#button("", words, () => void this.go(way.id));
    button.className = "street-way";
    button.dataset["bearing"] = String(way.bearing);
    button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4l8 9h-5v7h-6v-7h-5z"/></svg>';
    return button;
  }

  #say(words: string): void {
    this.#note.textContent = words;
    this.#note.hidden = !words;
  }

  #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.#stage?.turn(-1),
      ArrowRight: () => this.#stage?.turn(1),
      ArrowUp: () => this.#along(0),
      ArrowDown: () => this.#along(180),
      "+": () => this.#stage?.zoom(1),
      "=": () => this.#stage?.zoom(1),
      "-": () => this.#stage?.zoom(-1),
      Escape: () => this.close(),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  /** Goes where one looks, or back from there. */
  #along(turn: number): void {
    const way = wayTo(this.#view.beside, turned(this.#look + turn));
    if (way) void this.go(way.id);
  }

  #button(sign: string, words: string, act: () => void): HTMLButtonElement {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn";
    made.textContent = sign;
    made.title = words;
    made.setAttribute("aria-label", words);
    made.addEventListener("click", act);
    return made;
  }
}

function hasWebGL(): boolean {
  try {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return context !== null;
  } catch {
    return false;
  }
}
