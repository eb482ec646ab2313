import { passedSince } from "../lib/city-clock";
import { describe, languageOf } from "../lib/duration";

/**
 * `<due-clock due="2026-04-30T09:00:00+08:00">还剩 1 小时</due-clock>` keeps the server's text current; so does
 * `<due-clock left="60">`, minutes that were left when the page was drawn: a city may live by a clock of its own.
 * `data-state` is "open" or "late". An element without a readable `due` or `left` keeps what the server wrote.
 */
export class DueClockElement extends HTMLElement {
  static observedAttributes = ["due", "left"];
  #drawn = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.#timer = setInterval(() => this.#show(), 5000);
    this.#show();
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }

  attributeChangedCallback(): void {
    this.#drawn = performance.now();
    if (this.isConnected) this.#show();
  }

  #show(): void {
    const left = this.getAttribute("left");
    const remains =
      left === null
        ? Date.parse(this.getAttribute("due") ?? "") - Date.now()
        : Number(left) * 60_000 - passedSince(this.#drawn);
    if (Number.isNaN(remains)) return;
    const minutes = Math.round(remains / 60_000);
    this.dataset["state"] = minutes < 0 ? "late" : "open";
    this.textContent = describe(minutes, languageOf(this));
  }
}
