/** A photo, video or sound of a case, as its link in the page says. */
export interface Shot {
  src: string;
  media: string;
  title: string;
  facts: string;
  sent: string;
}

const ZOOMS = [1, 1.5, 2, 3, 4];

/**
 * `<photo-viewer>`: opens the links `a[data-photo]` of its `.case-sheet` in a dialog. ← → go from one to the next, + − 0 zoom,
 * Esc closes; what is known of each stands below it. Without a script the links open the pictures.
 */
export class PhotoViewerElement extends HTMLElement {
  #shots: Shot[] = [];
  #at = 0;
  #zoom = 0;
  #dialog: HTMLDialogElement | undefined;
  #sheet: Element | null = null;

  connectedCallback(): void {
    this.#sheet = this.closest(".case-sheet");
    this.#sheet?.addEventListener("click", this.#clicked);
  }

  disconnectedCallback(): void {
    this.#sheet?.removeEventListener("click", this.#clicked);
    this.#dialog?.remove();
    this.#dialog = undefined;
  }

  #clicked = (event: Event): void => {
    const pressed = event as MouseEvent;
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-photo]") : null;
    if (!link || pressed.ctrlKey || pressed.metaKey || pressed.shiftKey) return;
    event.preventDefault();
    this.#shots = shotsOf(this.#sheet?.querySelectorAll<HTMLAnchorElement>("a[data-photo]") ?? []);
    this.#at = Math.max(
      0,
      this.#shots.findIndex((shot) => shot.src === link.href),
    );
    this.#open();
  };

  #open(): void {
    this.#dialog ??= this.#make();
    this.#zoom = 0;
    this.#show();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #make(): HTMLDialogElement {
    const words = (name: string): string => this.getAttribute(name) ?? "";
    const dialog = document.createElement("dialog");
    dialog.className = "viewer";
    dialog.setAttribute("aria-label", words("label"));
    const bar = document.createElement("div");
    bar.className = "viewer-bar";
    const facts = document.createElement("p");
    facts.className = "viewer-facts";
    facts.setAttribute("role", "status");
    const stage = document.createElement("div");
    stage.className = "viewer-stage";
    stage.tabIndex = 0;
    stage.setAttribute("aria-label", words("label"));
    stage.setAttribute("role", "region");
    const button = (name: string, sign: string, act: () => void): HTMLButtonElement => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "btn";
      made.textContent = sign;
      made.setAttribute("aria-label", words(name));
      made.title = words(name);
      made.addEventListener("click", act);
      return made;
    };
    bar.append(
      button("previous", "←", () => this.#move(-1)),
      button("next", "→", () => this.#move(1)),
      button("smaller", "−", () => this.#scale(-1)),
      button("larger", "+", () => this.#scale(1)),
      facts,
      button("close", "✕", () => dialog.close()),
    );
    dialog.append(bar, stage);
    dialog.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("dblclick", () => this.#scale(this.#zoom === 0 ? 2 : -this.#zoom));
    dialog.addEventListener("close", () => stage.replaceChildren());
    this.append(dialog);
    return dialog;
  }

  #key(event: KeyboardEvent): void {
    if (event.target instanceof HTMLMediaElement) return; // its own keys wind it
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.#move(-1),
      ArrowRight: () => this.#move(1),
      "+": () => this.#scale(1),
      "=": () => this.#scale(1),
      "-": () => this.#scale(-1),
      "0": () => this.#scale(-this.#zoom),
    };
    const act = acts[event.key];
    if (!act || (this.#zoom > 0 && event.key.startsWith("Arrow") && event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #move(step: number): void {
    this.#at = (this.#at + step + this.#shots.length) % this.#shots.length;
    this.#zoom = 0;
    this.#show();
  }

  #scale(step: number): void {
    this.#zoom = Math.min(Math.max(this.#zoom + step, 0), ZOOMS.length - 1);
    this.#dialog?.style.setProperty("--zoom", String(ZOOMS[this.#zoom] ?? 1));
    const stage = this.#dialog?.querySelector(".viewer-stage");
    stage?.scrollTo((stage.scrollWidth - stage.clientWidth) / 2, (stage.scrollHeight - stage.clientHeight) / 2);
  }

  #show(): void {
    const shot = this.#shots[this.#at];
    const stage = this.#dialog?.querySelector(".viewer-stage");
    const facts = this.#dialog?.querySelector(".viewer-facts");
    if (!shot || !stage || !facts) return;
    this.#scale(0);
    stage.replaceChildren(player(shot));
    const place = `${this.#at + 1} / ${this.#shots.length}`;
    facts.textContent = [place, shot.title, shot.sent, shot.facts].filter(Boolean).join(" · ");
  }
}

/** Returns what links show, each once: a photo hangs on its act and in its strip. */
export function shotsOf(links: Iterable<HTMLAnchorElement>): Shot[] {
  const shots = new Map<string, Shot>();
  for (const link of links) {
    const { photo = "", title = "", facts = "", sent = "" } = link.dataset;
    if (!shots.has(link.href)) shots.set(link.href, { src: link.href, media: photo, title, facts, sent });
  }
  return [...shots.values()];
}

function player(shot: Shot): HTMLElement {
  if (shot.media === "photo") {
    const image = document.createElement("img");
    image.src = shot.src;
    image.alt = `${shot.title} · ${shot.sent}`;
    return image;
  }
  const player = document.createElement(shot.media === "sound" ? "audio" : "video");
  player.src = shot.src;
  player.controls = true;
  return player;
}
