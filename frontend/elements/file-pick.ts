import { holdOf } from "../lib/form-hold";
import { askGrant, hidden, sendPatiently } from "../lib/patience";

/** A file that was chosen, and how it stands: the form carries it until it has come. */
interface Chosen {
  readonly file: File;
  readonly line: HTMLLIElement;
  readonly how: HTMLElement;
  readonly share: HTMLElement;
  readonly dropped: AbortController;
  isCarried: boolean;
}

/**
 * `<file-pick data-to data-city data-drop data-named>`: files of a form, chosen with one press after another, each shown and taken out again by
 * its cross. Each is sent as it is and at once, goes on by itself where it broke off, and then stands in the form by its digest
 * (`kind:sha256`), with its name beside it where `data-named` asks for that. Until then the input keeps it, and for good where the process that takes uploads cannot be reached: the
 * form then carries it as it does without scripts.
 */
export class FilePickElement extends HTMLElement {
  #chosenOnes: Chosen[] = [];
  readonly #links: string[] = [];

  connectedCallback(): void {
    this.addEventListener("change", this.#chosen);
  }

  disconnectedCallback(): void {
    this.removeEventListener("change", this.#chosen);
    for (const one of this.#chosenOnes) one.dropped.abort();
    for (const link of this.#links.splice(0)) URL.revokeObjectURL(link);
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("input[type=file]");
  }

  /** Name of the form's field. */
  get field(): string {
    return this.#named[0];
  }

  /** Name of the form's field, and which of its kinds is chosen here. */
  get #named(): [string, string] {
    const name = this.#input?.name ?? "";
    const cut = name.lastIndexOf(".");
    return [name.slice(0, cut), name.slice(cut + 1)];
  }

  /** Shows files that came before as they came back with what was typed: `kind:sha256`, of all kinds. */
  giveBack(values: readonly string[]): void {
    const [field, kind] = this.#named;
    for (const value of values) {
      if (!value.startsWith(`${kind}:`) || this.#holds(value)) continue;
      const line = this.#line(value.slice(kind.length + 1, kind.length + 9), () => line.remove());
      const told = document.createElement("div");
      const how = document.createElement("small");
      how.textContent = this.dataset["sent"] ?? "";
      told.append(how);
      line.append(told, hidden(field, value));
      line.className = "came";
      this.#list.append(line);
    }
  }

  #holds(value: string): boolean {
    const named = `[name="${CSS.escape(this.field)}"]`;
    const all = this.closest("form")?.querySelectorAll<HTMLInputElement>(named) ?? [];
    return [...all].some((one) => one.value === value);
  }

  #chosen = (event: Event): void => {
    if (event.target !== this.#input) return;
    for (const file of this.#input?.files ?? []) {
      const one = this.#take(file);
      this.#chosenOnes.push(one);
      this.#list.append(one.line);
      if (this.dataset["to"]) void this.#send(one);
    }
    this.#carry();
  };

  #take(file: File): Chosen {
    const dropped = new AbortController();
    const how = document.createElement("small");
    const share = document.createElement("small");
    share.setAttribute("aria-hidden", "true"); // how it stands is said, each step on the way is not
    const line = this.#line(file.name, () => {
      dropped.abort();
      this.#chosenOnes = this.#chosenOnes.filter((one) => one.line !== line);
      line.remove();
      this.#carry();
      this.#changed();
      this.#end(line);
      this.#input?.focus();
    });
    if (file.type.startsWith("image/")) {
      const picture = document.createElement("img");
      const link = URL.createObjectURL(file);
      this.#links.push(link);
      picture.src = link;
      picture.alt = "";
      line.prepend(picture);
    }
    const told = document.createElement("div");
    told.append(how, share);
    line.append(told);
    return { file, line, how, share, dropped, isCarried: true };
  }

  async #send(one: Chosen): Promise<void> {
    const form = this.closest("form");
    const { file, line } = one;
    const chosen = form?.elements.namedItem("city"); // where the form asks for it
    const isField = chosen instanceof HTMLSelectElement || chosen instanceof HTMLInputElement;
    const facts = { bytes: String(file.size), city: (isField && chosen.value) || (this.dataset["city"] ?? "") };
    if (form) holdOf(form).begin(line);
    const became = await sendPatiently({
      file,
      signal: one.dropped.signal,
      grant: () => askGrant(form, this.dataset["to"] ?? "", facts),
      tell: (how, share) => {
        one.how.textContent = this.dataset[how] ?? "";
        one.share.textContent = share === undefined ? "" : `${Math.floor(share * 100)} %`;
      },
    });
    one.share.textContent = "";
    if (became === "with-form") {
      one.how.textContent = this.dataset["late"] ?? "";
    } else if (became !== "dropped") {
      one.isCarried = false;
      if ("fault" in became) {
        line.className = "fault";
        one.how.textContent = became.fault;
      } else {
        const [field, kind] = this.#named;
        line.className = "came";
        line.append(hidden(field, `${kind}:${became.receipt}`));
        if (this.dataset["named"] !== undefined) line.append(hidden(`${field}_name`, file.name));
        one.how.textContent = this.dataset["sent"] ?? "";
      }
      this.#carry();
      this.#changed();
    }
    this.#end(line);
  }

  #end(line: HTMLElement): void {
    const form = this.closest("form");
    if (form) holdOf(form).end(line);
  }

  /** Has the input carry what has not come, so that the form takes it along whenever it is sent. */
  #carry(): void {
    const input = this.#input;
    if (!input) return;
    const carried = new DataTransfer();
    for (const one of this.#chosenOnes) if (one.isCarried) carried.items.add(one.file);
    input.files = carried.files;
  }

  /** Tells whoever keeps what is typed that the form holds something else now. */
  #changed(): void {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  get #list(): HTMLUListElement {
    let list = this.querySelector("ul");
    if (!list) {
      list = document.createElement("ul");
      list.setAttribute("aria-live", "polite");
      this.append(list);
    }
    return list;
  }

  #line(words: string, drops: () => void): HTMLLIElement {
    const line = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = words;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "×";
    drop.setAttribute("aria-label", `${this.dataset["drop"]}: ${words}`);
    drop.addEventListener("click", drops);
    line.append(name, drop);
    return line;
  }
}
