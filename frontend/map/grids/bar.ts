/** The bar of tools above a map of grids, the line that says what to do, and the bubble that says something at a spot. */

export interface Tool {
  readonly name: string;
  readonly words: string;
  readonly key: string;
}

export class Bar {
  readonly root = document.createElement("div");
  readonly #note = document.createElement("p");
  readonly #bubble = document.createElement("p");
  readonly #host: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, title: string, tools: readonly Tool[], press: (name: string) => void) {
    this.#host = host;
    this.root.className = "grid-bar";
    this.root.setAttribute("role", "toolbar");
    this.root.setAttribute("aria-label", title);
    for (const tool of tools) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.dataset["tool"] = tool.name;
      button.textContent = tool.words;
      if (tool.key) {
        button.setAttribute("aria-keyshortcuts", tool.key);
        button.title = `${tool.words} (${tool.key})`;
      }
      button.addEventListener("click", () => press(tool.name));
      this.root.append(button);
    }
    this.#note.className = "grid-note";
    this.#note.setAttribute("role", "status");
    this.#bubble.className = "grid-bubble";
    this.#bubble.setAttribute("role", "alert");
    this.#bubble.hidden = true;
    this.root.append(this.#note);
    host.prepend(this.root);
    host.append(this.#bubble);
  }

  button(name: string): HTMLButtonElement | null {
    return this.root.querySelector(`[data-tool="${name}"]`);
  }

  press(name: string, on: boolean): void {
    this.button(name)?.setAttribute("aria-pressed", String(on));
  }

  /** Says what is to be done, or what was. */
  tell(words: string): void {
    if (this.#note.textContent !== words) this.#note.textContent = words;
  }

  /** Says something at a place of the host, for as long as it takes to read. */
  sayAt(words: string, x: number, y: number): void {
    clearTimeout(this.#timer);
    this.#bubble.textContent = words;
    this.#bubble.hidden = false;
    const width = this.#host.clientWidth;
    this.#bubble.style.insetInlineStart = `${Math.min(Math.max(8, x - 130), Math.max(8, width - 272))}px`;
    this.#bubble.style.insetBlockStart = `${Math.max(8, y + 14)}px`;
    this.#timer = setTimeout(() => this.hush(), 4000 + words.length * 60);
  }

  hush(): void {
    clearTimeout(this.#timer);
    this.#bubble.hidden = true;
  }

  remove(): void {
    clearTimeout(this.#timer);
    this.root.remove();
    this.#bubble.remove();
  }
}

/** Sends JSON with the token of a form; gives the answer and what it says, `null` where nobody answers. */
export async function send(
  host: HTMLElement,
  to: string,
  body: unknown,
): Promise<{ ok: boolean; told: Record<string, unknown> } | null> {
  const token =
    host.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ??
    document.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ??
    "";
  try {
    const answer = await fetch(to, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "X-CSRFToken": token, "Content-Type": "application/json" },
      redirect: "error",
    });
    return { ok: answer.ok, told: (await answer.json()) as Record<string, unknown> };
  } catch {
    return null;
  }
}
