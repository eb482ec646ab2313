import { holdOf } from "../lib/form-hold";
import { askGrant, askPage, hidden, sendPatiently } from "../lib/patience";
import { shrunk } from "../lib/shrink";

/**
 * `<photo-box data-to data-most>`: photos of a report. Each is shrunk and sent as soon as it is chosen; what has come of it stays, and
 * what broke off goes on from there by itself. Where the process that takes uploads cannot be reached a photo is sent whole; where
 * that is refused it goes with the form. Without scripts they all do.
 */
export class PhotoBoxElement extends HTMLElement {
  readonly #links = new Set<string>();

  connectedCallback(): void {
    this.#input?.addEventListener("change", this.#chosen);
  }

  disconnectedCallback(): void {
    this.#input?.removeEventListener("change", this.#chosen);
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
    const form = this.closest("form");
    const hold = form && holdOf(form);
    const dropped = new AbortController();
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
      dropped.abort();
      line.remove();
      hold?.end(line);
    });
    line.append(picture, words, drop);
    list.append(line);
    hold?.begin(line);
    await this.#send(await shrunk(file), file.name, line, words, dropped.signal);
    hold?.end(line);
  }

  async #send(photo: Blob, name: string, line: HTMLElement, words: HTMLElement, signal: AbortSignal): Promise<void> {
    const form = this.closest("form");
    const to = this.dataset["to"] ?? "";
    const became = await sendPatiently({
      file: photo,
      signal,
      grant: () => askGrant(form, to, { bytes: String(photo.size) }),
      whole: async () => {
        const body = new FormData();
        body.append("photo", photo, name);
        return ((await askPage(form, to, body)) as { token: string }).token;
      },
      tell: (how, share) => {
        words.textContent = `${this.dataset[how] ?? ""}${share === undefined ? "" : ` ${Math.floor(share * 100)} %`}`;
      },
    });
    if (became === "dropped") return;
    if (became === "with-form") {
      this.#alongWithForm(photo, name);
      words.textContent = this.dataset["late"] ?? "";
    } else if ("fault" in became) {
      words.textContent = became.fault;
    } else {
      line.append(hidden("photo", became.receipt));
      words.textContent = this.dataset["sent"] ?? "";
    }
    line.className = became !== "with-form" && "fault" in became ? "fault" : "came";
  }

  #alongWithForm(photo: Blob, name: string): void {
    const input = this.#input;
    if (!input) return;
    const all = new DataTransfer();
    for (const file of input.files ?? []) all.items.add(file);
    all.items.add(new File([photo], name, { type: photo.type }));
    input.files = all.files;
  }
}
