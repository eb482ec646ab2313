import { describe, languageOf } from "../lib/duration";

/**
 * `<due-clock due="2026-04-30T09:00:00+08:00">还剩 1 小时</due-clock>` keeps the server's text current; so does
 * `<due-clock left="60">`, minutes that were left when the page was drawn: a city may live by a clock of its own.
 * `data-state` is "open" or "late". An element without a readable `due` or `left` keeps what the server wrote.
 */
export class DueClockElement extends HTMLElement {
  static observedAttributes = ["due", "left"];
  #drawn = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    this.#timer = setInterval(() => this.#show(), 30_000);
    this.#show();
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }

  attributeChangedCallback(): void {
    this.#drawn = Date.now();
    if (this.isConnected) this.#show();
  }

  #show(): void {
    const left = this.getAttribute("left");
    const due = left === null ? Date.parse(this.getAttribute("due") ?? "") : this.#drawn + Number(left) * 60_000;
    if (Number.isNaN(due)) return;
    const minutes = Math.round((due - Date.now()) / 60_000);
    this.dataset["state"] = minutes < 0 ? "late" : "open";
    this.textContent = describe(minutes, languageOf(this));
  }
}
