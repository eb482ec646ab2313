/** The strip of time over the lower edge of the map: how many cases in each step, and a window that plays, pauses and steps. */
import type { Language } from "../../lib/duration";
import { iconButton, made } from "../desk/making";
import { drawing } from "../pictures";
import { type Heat, histogram } from "./hot";
import { WORDS } from "./words";

const ICONS = {
  play: "M7 4v16l13 -8z",
  pause: "M6 5h4v14h-4z M14 5h4v14h-4z",
  earlier: "M15 6l-6 6l6 6",
  later: "M9 6l6 6l-6 6",
};
/** A whole run takes some twenty seconds, but no step is shorter than an eye needs. */
const RUN_MS = 20_000;
const SHORTEST_MS = 120;
const LONGEST_MS = 900;

export class Strip {
  readonly root = made("div", "mw-strip");
  readonly #slider = made("input", "mw-slider");
  readonly #bars = made("div", "mw-bars");
  readonly #said = made("p", "mw-when");
  readonly #ends = made("div", "mw-ends");
  readonly #play: HTMLButtonElement;
  readonly #words: (typeof WORDS)[Language];
  readonly #moved: (at: number) => void;
  #heat: Heat | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(language: Language, moved: (at: number) => void) {
    this.#words = WORDS[language];
    this.#moved = moved;
    this.#slider.type = "range";
    this.#slider.min = "0";
    this.#slider.setAttribute("aria-label", this.#words.strip);
    this.#slider.addEventListener("input", () => this.#to(Number(this.#slider.value)));
    this.#bars.setAttribute("aria-hidden", "true");
    this.#play = iconButton(this.#words.play, ICONS.play, () => this.toggle());
    const keys = made(
      "div",
      "mw-keys",
      iconButton(this.#words.earlier, ICONS.earlier, () => this.step(-1)),
      this.#play,
      iconButton(this.#words.later, ICONS.later, () => this.step(1)),
    );
    this.root.append(made("div", "mw-strip-head", keys, this.#said), this.#bars, this.#slider, this.#ends);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", this.#words.strip);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== " " || event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      this.toggle();
    });
  }

  /** Shows the steps of `heat`, the window's last one being `at`. */
  show(heat: Heat, at: number): void {
    this.#heat = heat;
    const numbers = histogram(heat);
    const most = Math.max(1, ...numbers);
    this.#bars.replaceChildren(
      ...numbers.map((number) => {
        const bar = made("span", "");
        bar.style.blockSize = `${number ? Math.max(6, (number / most) * 100) : 0}%`;
        return bar;
      }),
    );
    this.#slider.max = String(Math.max(0, heat.steps.length - 1));
    this.#ends.replaceChildren(made("span", "", heat.steps[0] ?? ""), made("span", "", heat.until));
    this.#mark(at);
  }

  /** Says what the window holds. */
  tell(words: string): void {
    this.#said.textContent = words;
    this.#slider.setAttribute("aria-valuetext", words);
  }

  step(by: number): void {
    this.#pause();
    this.#to(this.#at + by);
  }

  toggle(): void {
    if (this.#timer !== undefined) {
      this.#pause();
      return;
    }
    const heat = this.#heat;
    if (!heat) return;
    if (this.#at >= heat.steps.length - 1) this.#to(Math.min(heat.length, heat.steps.length) - 1);
    const every = Math.min(Math.max(RUN_MS / heat.steps.length, SHORTEST_MS), LONGEST_MS);
    this.#timer = setInterval(() => {
      if (this.#at >= (this.#heat?.steps.length ?? 0) - 1) this.#pause();
      else this.#to(this.#at + 1);
    }, every);
    this.#label(this.#words.pause, ICONS.pause);
  }

  remove(): void {
    this.#pause();
    this.root.remove();
  }

  get #at(): number {
    return Number(this.#slider.value);
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#label(this.#words.play, ICONS.play);
  }

  #label(words: string, paths: string): void {
    this.#play.title = words;
    this.#play.setAttribute("aria-label", words);
    this.#play.replaceChildren(drawing(paths, 18));
  }

  #to(at: number): void {
    const last = (this.#heat?.steps.length ?? 1) - 1;
    const here = Math.min(Math.max(at, 0), last);
    this.#mark(here);
    this.#moved(here);
  }

  #mark(at: number): void {
    this.#slider.value = String(at);
    const first = at - (this.#heat?.length ?? 1) + 1;
    for (const [n, bar] of [...this.#bars.children].entries()) bar.classList.toggle("in", n >= first && n <= at);
  }
}
