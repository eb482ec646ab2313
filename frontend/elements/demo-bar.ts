import { cityIsAt } from "../lib/city-clock";
import { cityTime } from "../lib/city-time";

const EVERY_MS = 3000;
const TURN_MS = 500;

const TICK = "input[type=checkbox][name=number]";
const CHOSEN = "section.batch input[type=hidden][name=number]";

/** The numbers of the cases that somebody has in hand on this page, each once: the one shown, those ticked, those of a batch. */
export function inHand(page: ParentNode = document): Set<string> {
  const shown = page.querySelector<HTMLElement>(".case-sheet")?.dataset["number"];
  const chosen = page.querySelectorAll<HTMLInputElement>(`${TICK}:checked, ${CHOSEN}`);
  return new Set([...(shown ? [shown] : []), ...[...chosen].map((one) => one.value)]);
}

/**
 * `<demo-bar watch="/demo/watch">` holds the controls of a demo city. It lets the city's clock run between two answers of the
 * server, tells it every three seconds which cases somebody has in hand there (the one on the page, those ticked to be acted on in
 * one go), at once when one is ticked, and sends its forms without leaving the page. A page in the background asks nothing, so that
 * it holds no case open.
 */
export class DemoBarElement extends HTMLElement {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #clock: ReturnType<typeof setInterval> | undefined;
  #since = 0;
  #held = false;
  #sets = 0;
  #setting = 0;

  connectedCallback(): void {
    this.dataset["awake"] = "";
    this.#drawn();
    this.#clock = setInterval(() => this.#turn(), TURN_MS);
    this.addEventListener("submit", this.#submit);
    this.addEventListener("input", this.#drag);
    this.addEventListener("change", this.#drop);
    document.addEventListener("visibilitychange", this.#look);
    document.addEventListener("change", this.#ticked);
    document.addEventListener("ticked", this.#look);
    void this.#look();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#clock);
    this.removeEventListener("submit", this.#submit);
    this.removeEventListener("input", this.#drag);
    this.removeEventListener("change", this.#drop);
    document.removeEventListener("visibilitychange", this.#look);
    document.removeEventListener("change", this.#ticked);
    document.removeEventListener("ticked", this.#look);
  }

  /** Notes when the bar came, and tells all clocks of the page what it says. */
  #drawn(): void {
    this.#since = performance.now();
    const told = this.#told();
    if (told) cityIsAt(told.at, told.speed, this.#since);
  }

  /** What the bar says: where the city's time stands, and how fast it passes. */
  #told(): { shown: HTMLElement; at: number; speed: number } | undefined {
    const shown = this.querySelector<HTMLElement>(".demo-time");
    const [at, speed] = [Number(shown?.dataset["at"]), Number(shown?.dataset["speed"])];
    return shown && !Number.isNaN(at) && !Number.isNaN(speed) ? { shown, at, speed } : undefined;
  }

  #turn(): void {
    const told = this.#told();
    if (!told) return;
    const { shown, at, speed } = told;
    const now = at + (performance.now() - this.#since) * speed;
    shown.textContent = cityTime(now, shown.dataset["zone"] ?? "UTC", document.documentElement.lang);
  }

  #look = async (): Promise<void> => {
    clearTimeout(this.#timer);
    if (document.visibilityState === "visible" && this.#setting === 0) {
      const body = new FormData(this.querySelector("form") ?? undefined);
      body.delete("number");
      for (const number of inHand()) body.append("number", number);
      await this.#send(this.getAttribute("watch") ?? "", body);
    }
    if (this.isConnected) this.#timer = setTimeout(this.#look, EVERY_MS);
  };

  #ticked = (event: Event): void => {
    if (event.target instanceof HTMLInputElement && event.target.matches(TICK)) void this.#look();
  };

  #submit = (event: SubmitEvent): void => {
    if (!(event.target instanceof HTMLFormElement)) return;
    event.preventDefault();
    void this.#set(event.target.action, new FormData(event.target, event.submitter));
  };

  /** Send what somebody set: an answer that was asked for before it is out of date. */
  async #set(to: string, body: FormData): Promise<void> {
    this.#sets += 1;
    this.#setting += 1;
    await this.#send(to, body);
    this.#setting -= 1;
  }

  #drag = (event: Event): void => {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "range") return;
    this.#held = true;
    const speed = event.target.dataset["speeds"]?.split(" ").at(event.target.valueAsNumber) ?? "";
    event.target.setAttribute("aria-valuetext", `×${speed}`);
    const shown = this.querySelector("output");
    if (shown) shown.textContent = `×${speed}`;
  };

  #drop = (event: Event): void => {
    this.#held = false;
    if (event.target instanceof HTMLInputElement) event.target.form?.requestSubmit();
  };

  /** Send a form, and show the bar as it is now, unless somebody is just moving the slider or has set something since. */
  async #send(to: string, body: FormData): Promise<void> {
    const asked = this.#sets;
    try {
      const answer = await fetch(to, { method: "POST", body, headers: { "X-Requested-With": "demo-bar" } });
      const drawn = await answer.text();
      if (!answer.ok || this.#held || asked !== this.#sets) return;
      const held = this.#heldControl();
      this.innerHTML = drawn;
      this.#drawn();
      this.#turn();
      if (held) this.querySelector<HTMLElement>(held)?.focus();
    } catch {
      // The network is away: asked again in a moment.
    }
  }

  /** Return how to find the control that has the focus again in the bar that comes; "" for none. */
  #heldControl(): string {
    const held = document.activeElement;
    if (!(held instanceof HTMLElement) || !this.contains(held)) return "";
    if (held.id) return `#${held.id}`;
    const form = held.closest("form")?.getAttribute("action") ?? "";
    const name = held.getAttribute("name");
    return name ? `form[action="${form}"] [name="${name}"]` : `form[action="${form}"] button`;
  }
}
