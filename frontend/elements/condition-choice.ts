/**
 * `<condition-choice limits="/desk/report/limits?…"><select>…</select></condition-choice>`: of all filing conditions those of the
 * class that is chosen in the same form, and below them the limit and the closing condition of the chosen one. Where the form sets
 * a place, the limits of its zone are asked for at `limits` and told instead; where nobody answers, those of before stand.
 */
export class ConditionChoiceElement extends HTMLElement {
  #all: HTMLOptionElement[] = [];
  #before = new Map<string, Limit>();
  #asked = 0;
  #form: HTMLFormElement | null = null;

  connectedCallback(): void {
    const select = this.#select;
    if (!select) return;
    this.#form = this.closest("form");
    if (this.#all.length === 0) {
      this.#all = [...select.options];
      for (const one of this.#all) this.#before.set(one.value, { words: one.text, told: one.dataset["told"] ?? "" });
    }
    this.#classes?.addEventListener("change", this.#offer);
    select.addEventListener("change", this.#show);
    if (this.hasAttribute("limits")) {
      this.#form?.addEventListener("place-set", this.#place);
      this.#form?.addEventListener("change", this.#typed);
    }
    this.#offer();
  }

  disconnectedCallback(): void {
    this.#asked++;
    this.#classes?.removeEventListener("change", this.#offer);
    this.#select?.removeEventListener("change", this.#show);
    this.#form?.removeEventListener("place-set", this.#place);
    this.#form?.removeEventListener("change", this.#typed);
  }

  get #select(): HTMLSelectElement | null {
    return this.querySelector("select");
  }

  get #classes(): HTMLSelectElement | null {
    return this.#form?.querySelector<HTMLSelectElement>("select[name=category]") ?? null;
  }

  #show = (): void => {
    const note = this.querySelector("small") ?? this.appendChild(document.createElement("small"));
    note.textContent = this.#select?.selectedOptions[0]?.dataset["told"] ?? "";
  };

  #offer = (): void => {
    const select = this.#select;
    if (!select) return;
    const classes = this.#classes;
    const held = select.value;
    const fitting = this.#all.filter((option) => !option.value || option.dataset["class"] === classes?.value);
    select.replaceChildren(...(classes ? fitting : this.#all));
    const first = fitting.find((option) => option.value)?.value ?? "";
    select.value = fitting.some((option) => option.value === held && held) ? held : first;
    this.#show();
  };

  #typed = (event: Event): void => {
    if (event.target instanceof HTMLInputElement && /\.(lon|lat)$/.test(event.target.name)) void this.#place();
  };

  #place = async (): Promise<void> => {
    const asked = ++this.#asked;
    const [lon, lat] = ["lon", "lat"].map(
      (side) => this.#form?.querySelector<HTMLInputElement>(`input[name$='.${side}']`)?.value.trim() ?? "",
    );
    const other =
      lon && lat
        ? await limitsAt(`${this.getAttribute("limits") ?? ""}&${new URLSearchParams({ lon, lat })}`)
        : new Map();
    if (asked !== this.#asked) return;
    for (const option of this.#all) {
      const limit = other.get(option.value) ?? this.#before.get(option.value);
      option.text = limit?.words ?? option.text;
      option.dataset["told"] = limit?.told ?? "";
    }
    this.#show();
  };
}

interface Limit {
  words: string;
  told: string;
}

/** The limits that are others at a place, by condition; none where nobody answers. */
async function limitsAt(address: string): Promise<Map<string, Limit>> {
  const found = new Map<string, Limit>();
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    if (!answer.ok) return found;
    const body: unknown = await answer.json();
    if (typeof body !== "object" || body === null) return found;
    for (const [key, one] of Object.entries(body)) if (isLimit(one)) found.set(key, one);
  } catch {
    // Without the network the limits of before stand; the server counts the right ones when the form is sent.
  }
  return found;
}

function isLimit(value: unknown): value is Limit {
  return (
    typeof value === "object" &&
    value !== null &&
    "words" in value &&
    typeof value.words === "string" &&
    "told" in value &&
    typeof value.told === "string"
  );
}
