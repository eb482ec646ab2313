import { isWanted, reasonFor, type Standing, sound, standingOf } from "../lib/sound";

const EVERY_MS = 3000;

/**
 * `<work-list mark="/desk/mark" known="…">` asks every three seconds whether the desk has changed, and sends itself `changed`
 * when it has: htmx then brings the list anew. A page in the background asks nothing.
 */
export class WorkListElement extends HTMLElement {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #standing: Standing = { called: 0, reds: 0 };

  connectedCallback(): void {
    this.#standing = standingOf(this);
    this.#later();
    document.addEventListener("visibilitychange", this.#look);
    document.addEventListener("htmx:afterSwap", this.#swapped);
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#look);
    document.removeEventListener("htmx:afterSwap", this.#swapped);
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, EVERY_MS);
  }

  #look = async (): Promise<void> => {
    if (document.visibilityState === "visible" && !this.isBusy()) await this.#ask();
    if (this.isConnected) this.#later();
  };

  /** What is being typed here would go with the old list. */
  protected isBusy(): boolean {
    const held = document.activeElement;
    return held instanceof HTMLInputElement && this.contains(held) && held.value !== held.defaultValue;
  }

  async #ask(): Promise<void> {
    const known = this.getAttribute("known") ?? "";
    try {
      const answer = await fetch(this.getAttribute("mark") ?? "", {
        headers: { "If-None-Match": `"${known}"` },
        cache: "no-store",
        redirect: "error",
      });
      if (answer.status !== 200) return;
      this.setAttribute("known", (await answer.text()).replaceAll('"', ""));
      this.dispatchEvent(new CustomEvent("changed"));
    } catch {
      // The network is away: asked again in a moment.
    }
  }

  /** The case that is open is marked at once, and stays so when the list comes anew; what is new in the list may be heard. */
  #swapped = (event: Event): void => {
    if (event.target instanceof Node && this.contains(event.target)) this.#hear();
    this.#mark();
  };

  #hear(): void {
    const now = standingOf(this);
    const reason = reasonFor(this.#standing, now);
    this.#standing = now;
    if (reason && isWanted(document)) sound(reason);
  }

  #mark(): void {
    const open = document.querySelector<HTMLElement>(".case-sheet")?.dataset["number"];
    for (const line of this.querySelectorAll("li")) {
      const number = line.querySelector("a")?.pathname.split("/").at(-1);
      if (number === open) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    }
  }
}
