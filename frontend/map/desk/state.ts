/** What the address keeps of the map's desk, so that a link or a saved theme brings it back: short keys of the query string. */

/** The keys of the desk itself; what else stands in the query belongs to tools. */
export const OWN = ["layers", "ground", "day", "tool", "theme", "here", "show"] as const;

const KEY = /^[a-z][a-z0-9_]{0,19}$/;
const LONGEST = 4000;

export class State {
  #parts: URLSearchParams;
  readonly #write: (query: string) => void;

  constructor(query: string, write: (query: string) => void) {
    this.#parts = new URLSearchParams(query);
    this.#write = write;
  }

  get(key: string): string | null {
    return this.#parts.get(key) || null;
  }

  /** Keeps a value, "" or null for none. Throws where the key is none: small letters, digits, at most 20. */
  set(key: string, value: string | null): void {
    if (!KEY.test(key)) throw new TypeError(`“${key}” cannot be a key of the address`);
    if ((value ?? "") === (this.get(key) ?? "")) return;
    if (!value || value.length > LONGEST) this.#parts.delete(key);
    else this.#parts.set(key, value);
    this.#write(this.query);
  }

  /** What tools keep, by key. */
  get ofTools(): Record<string, string> {
    const own: readonly string[] = OWN;
    return Object.fromEntries([...this.#parts].filter(([key, value]) => !own.includes(key) && value !== ""));
  }

  /** The query with its question mark, written so that people can read it; "" where nothing is kept. */
  get query(): string {
    const text = this.#parts.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/");
    return text ? `?${text}` : "";
  }
}
