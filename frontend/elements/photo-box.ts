import { shrunk } from "../lib/shrink";

const WAITS_MS = [1000, 3000, 8000, 15_000, 30_000];

/**
 * `<photo-box data-to data-most>`: photos of a report. Each is shrunk and sent as soon as it is chosen; what has come stays, what
 * broke off is sent again by itself. Where that is refused the photo goes with the form. Without scripts they all do.
 */
export class PhotoBoxElement extends HTMLElement {
  readonly #links = new Set<string>();
  readonly #running = new Set<HTMLElement>();
  #isHeld = false;

  connectedCallback(): void {
    this.#input?.addEventListener("change", this.#chosen);
    this.closest("form")?.addEventListener("submit", this.#hold);
  }

  disconnectedCallback(): void {
    this.#input?.removeEventListener("change", this.#chosen);
    this.closest("form")?.removeEventListener("submit", this.#hold);
    for (const link of this.#links) URL.revokeObjectURL(link);
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("input[type=file]");
  }

  #chosen = (): void => {
    const input = this.#input;
    const list = this.querySelector(".shots");
    if (!input?.files || !list) return;
    const room = Number(this.dataset["most"] ?? "6") - list.children.length;
    for (const file of [...input.files].slice(0, Math.max(0, room))) void this.#take(file, list);
    input.value = ""; // they are on their way; the form does not carry them a second time
  };

  async #take(file: File, list: Element): Promise<void> {
    const line = document.createElement("li");
    const picture = document.createElement("img");
    picture.alt = file.name;
    const link = URL.createObjectURL(file);
    this.#links.add(link);
    picture.src = link;
    const words = document.createElement("span");
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "×";
    drop.setAttribute("aria-label", `${this.dataset["drop"]}: ${file.name}`);
    drop.addEventListener("click", () => {
      line.remove();
      this.#settle(line);
    });
    line.append(picture, words, drop);
    list.append(line);
    this.#running.add(line);
    await this.#send(await shrunk(file), file.name, line, words);
    this.#settle(line);
  }

  async #send(photo: Blob, name: string, line: HTMLElement, words: HTMLElement): Promise<void> {
    for (let turn = 0; line.isConnected; turn += 1) {
      words.textContent = this.dataset["sending"] ?? "";
      const answer = await this.#post(photo, name);
      if (answer?.ok) {
        const { token } = (await answer.json()) as { token: string };
        line.append(hidden("photo", token));
        line.className = "came";
        words.textContent = this.dataset["sent"] ?? "";
        return;
      }
      if (answer?.status === 409) {
        this.#alongWithForm(photo, name);
        line.className = "came";
        words.textContent = this.dataset["late"] ?? "";
        return;
      }
      if (answer && answer.status < 500) {
        const { detail = "" } = (await answer.json().catch(() => ({}))) as { detail?: string };
        line.className = "fault";
        words.textContent = detail;
        return;
      }
      words.textContent = this.dataset["again"] ?? "";
      await new Promise((done) => setTimeout(done, WAITS_MS[Math.min(turn, WAITS_MS.length - 1)]));
    }
  }

  async #post(photo: Blob, name: string): Promise<Response | null> {
    const body = new FormData();
    body.append("photo", photo, name);
    const token = this.closest("form")?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
      return await fetch(this.dataset["to"] ?? "", { method: "POST", body, headers: { "X-CSRFToken": token } });
    } catch {
      return null; // no network at this moment
    }
  }

  #alongWithForm(photo: Blob, name: string): void {
    const input = this.#input;
    if (!input) return;
    const all = new DataTransfer();
    for (const file of input.files ?? []) all.items.add(file);
    all.items.add(new File([photo], name, { type: photo.type }));
    input.files = all.files;
  }

  #settle(line: HTMLElement): void {
    this.#running.delete(line);
    if (this.#isHeld && this.#running.size === 0) {
      this.#isHeld = false;
      this.closest("form")?.requestSubmit();
    }
  }

  /** A report waits for its photos; whoever does not want to wait leaves them out, or presses once more. */
  #hold = (event: SubmitEvent): void => {
    if (this.#running.size === 0 || this.#isHeld) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#isHeld = true;
    this.scrollIntoView({ block: "center" });
  };
}

function hidden(name: string, value: string): HTMLInputElement {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  return field;
}
