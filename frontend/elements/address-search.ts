import { putPlace, showOnMap, whatLiesAt } from "../lib/place";

const WAIT_MS = 250;
const SHORTEST = 2;
const MOST = 8;
const LAYERS = new Set(["buildings", "roads", "areas", "parts"]);

/** One place that the server knows by the words that were typed. */
export interface Place {
  title: string;
  kind: string;
  layer: string;
  at: [number, number];
  key: string;
}

/**
 * `<address-search><input></address-search>`: while an address is typed, places of the city are offered below it; ↑ ↓ move among
 * them, Enter or a press takes one, Esc closes. Taking one writes its name, sets the point of the form and says it back in words.
 * What is offered and not taken changes nothing. Without a script it is the plain field.
 */
export class AddressSearchElement extends HTMLElement {
  #field: HTMLInputElement | null = null;
  #list: HTMLUListElement | null = null;
  #places: Place[] = [];
  #at = -1;
  #asked = 0;
  #nothing: HTMLElement | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  connectedCallback(): void {
    this.#field = this.querySelector("input");
    if (!this.#field || this.#list) return;
    this.#list = document.createElement("ul");
    this.#list.id = `${this.#field.id}-places`;
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", isEnglish() ? "Places of the city" : "城市地点");
    this.#list.hidden = true;
    this.#list.className = "places-offered panel";
    this.append(this.#list);
    for (const [name, value] of [
      ["role", "combobox"],
      ["aria-autocomplete", "list"],
      ["aria-expanded", "false"],
      ["aria-controls", this.#list.id],
    ] as const) {
      this.#field.setAttribute(name, value);
    }
    this.#field.addEventListener("input", this.#typed);
    this.#field.addEventListener("compositionend", this.#typed);
    this.#field.addEventListener("keydown", this.#pressed);
    this.#field.addEventListener("blur", this.#close);
    this.#list.addEventListener("mousedown", this.#clicked);
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#field?.removeEventListener("input", this.#typed);
    this.#field?.removeEventListener("compositionend", this.#typed);
    this.#field?.removeEventListener("keydown", this.#pressed);
    this.#field?.removeEventListener("blur", this.#close);
    this.#list?.remove();
    this.#list = null;
  }

  #typed = (event: Event): void => {
    clearTimeout(this.#timer);
    if (event instanceof InputEvent && event.isComposing) return;
    this.#timer = setTimeout(this.#look, WAIT_MS);
  };

  #look = async (): Promise<void> => {
    const asked = ++this.#asked;
    const words = this.#field?.value.trim() ?? "";
    const places = words.length < SHORTEST ? [] : await placesLike(words);
    if (asked !== this.#asked || document.activeElement !== this.#field) return;
    this.#offer(places);
    this.#tellNothing(words.length >= SHORTEST && places.length === 0);
  };

  /** Says that no place is called so, while the form has no point: else it would be sent without one, unseen. */
  #tellNothing(isSo: boolean): void {
    const has = this.#field?.form?.querySelector<HTMLInputElement>("input[name='point.lon']");
    if (!isSo || !has || has.value !== "") {
      this.#nothing?.remove();
      return;
    }
    this.#nothing ??= document.createElement("small");
    this.#nothing.setAttribute("role", "status");
    this.#nothing.className = "not-found";
    this.#nothing.textContent = isEnglish()
      ? "No place is called so. Choose the place on the map."
      : "未找到该地点，请在地图上点选位置。";
    this.after(this.#nothing);
  }

  #offer(places: Place[]): void {
    if (!this.#list || !this.#field) return;
    const id = this.#list.id;
    this.#places = places;
    this.#list.replaceChildren(
      ...places.map((place, n) => {
        const line = document.createElement("li");
        line.id = `${id}-${n}`;
        line.setAttribute("role", "option");
        const name = document.createElement("strong");
        name.textContent = place.title;
        const kind = document.createElement("small");
        kind.textContent = place.key ? `${place.kind} ${place.key}` : place.kind;
        line.append(name, kind);
        return line;
      }),
    );
    this.#list.hidden = places.length === 0;
    this.#field.setAttribute("aria-expanded", String(places.length > 0));
    this.#mark(-1);
  }

  #mark(at: number): void {
    this.#at = at;
    const lines = [...(this.#list?.children ?? [])];
    for (const [n, line] of lines.entries()) line.setAttribute("aria-selected", String(n === at));
    const line = lines[at];
    if (line) {
      this.#field?.setAttribute("aria-activedescendant", line.id);
      line.scrollIntoView?.({ block: "nearest" });
    } else this.#field?.removeAttribute("aria-activedescendant");
  }

  #pressed = (event: KeyboardEvent): void => {
    const count = this.#places.length;
    if (event.isComposing || !this.#list || this.#list.hidden || count === 0) return;
    if (event.key === "ArrowDown") this.#mark((this.#at + 1) % count);
    else if (event.key === "ArrowUp") this.#mark(this.#at <= 0 ? count - 1 : this.#at - 1);
    else if (event.key === "Escape") this.#close();
    else if (event.key === "Enter" && this.#at >= 0) this.#take(this.#places[this.#at]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  #clicked = (event: Event): void => {
    event.preventDefault();
    const line = event.target instanceof Element ? event.target.closest("li") : null;
    if (line) this.#take(this.#places[[...(this.#list?.children ?? [])].indexOf(line)]);
  };

  #close = (): void => {
    clearTimeout(this.#timer);
    this.#asked++;
    this.#offer([]);
  };

  #take = async (place: Place | undefined): Promise<void> => {
    const field = this.#field;
    if (!place || !field) return;
    this.#close();
    field.value = place.title;
    const form = field.form;
    const [lon, lat] = place.at;
    if (form) {
      const part = form.querySelector<HTMLInputElement>("input[name=part_code]");
      if (part && place.layer === "parts") part.value = place.key;
      putPlace(form, lon, lat, place.title);
    }
    this.#nothing?.remove();
    field.dispatchEvent(new Event("change", { bubbles: true }));
    showOnMap(lon, lat);
    const { words } = await whatLiesAt(lon, lat);
    if (form && words) putPlace(form, lon, lat, `${place.title} · ${words}`);
  };
}

const isEnglish = (): boolean => document.documentElement.lang.startsWith("en");

async function placesLike(words: string): Promise<Place[]> {
  try {
    const answer = await fetch(`/map/find?q=${encodeURIComponent(words)}`, { redirect: "error" });
    const body = (await answer.json()) as { items?: Place[] };
    return (body.items ?? []).filter((one) => LAYERS.has(one.layer)).slice(0, MOST);
  } catch {
    return []; // The field takes any words: what cannot be looked up is typed.
  }
}
