/** A grant for one file, and where to send it: what the page's server gave. */
export interface Grant {
  readonly grant: string;
  readonly to: string;
}

/** The server will not have it, or not any more: sending on does not help. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    words: string,
  ) {
    super(words);
  }
}

const VERSION = { "Tus-Resumable": "1.0.0" };
const SILENCE_MS = 30_000;

/**
 * One file on its way by tus 1.0.0. `go()` sends what has not come yet and gives the receipt; where the network breaks off it throws,
 * and the next `go()` asks how far it came and goes on from there. A signal breaks it off too.
 */
export class Resumable {
  #location = "";

  constructor(
    private readonly grant: Grant,
    private readonly file: Blob,
  ) {}

  /** Whether the upload has begun: the server of uploads was reached. */
  get hasBegun(): boolean {
    return this.#location !== "";
  }

  async go(tell: (share: number) => void, signal?: AbortSignal): Promise<string> {
    if (!this.#location) {
      const begun = await this.#ask("POST", this.grant.to, { "Upload-Length": String(this.file.size) });
      this.#location = new URL(begun.headers.get("Location") ?? "", this.grant.to).href;
    }
    const known = await this.#ask("HEAD", this.#location);
    const receipt = known.headers.get("Media-Receipt");
    if (receipt) return receipt;
    return this.#send(Number(known.headers.get("Upload-Offset") ?? "0"), tell, signal);
  }

  async #ask(method: string, to: string, more: Record<string, string> = {}): Promise<Response> {
    const headers = { ...VERSION, ...more, Authorization: `Grant ${this.grant.grant}` };
    const answer = await fetch(to, { method, headers, credentials: "omit", signal: AbortSignal.timeout(SILENCE_MS) });
    if (answer.ok) return answer;
    throw await refusal(answer.status, () => answer.text());
  }

  /** Sends the rest; a request that says how far it is, which `fetch` does not. */
  #send(offset: number, tell: (share: number) => void, signal?: AbortSignal): Promise<string> {
    const { size } = this.file;
    return new Promise((came, broke) => {
      const request = new XMLHttpRequest();
      let last = Date.now();
      const watch = setInterval(() => {
        if (Date.now() - last > SILENCE_MS) request.abort();
      }, 1000);
      const end = (): void => clearInterval(watch);
      request.open("PATCH", this.#location);
      request.setRequestHeader("Authorization", `Grant ${this.grant.grant}`);
      request.setRequestHeader("Tus-Resumable", "1.0.0");
      request.setRequestHeader("Upload-Offset", String(offset));
      request.setRequestHeader("Content-Type", "application/offset+octet-stream");
      request.upload.addEventListener("progress", (event) => {
        last = Date.now();
        tell((offset + event.loaded) / size);
      });
      request.addEventListener("load", () => {
        end();
        const receipt = request.getResponseHeader("Media-Receipt");
        if (request.status === 204 && receipt) came(receipt);
        else void refusal(request.status, async () => request.responseText).then(broke);
      });
      for (const name of ["error", "abort"]) {
        request.addEventListener(name, () => {
          end();
          broke(new Error("the connection broke off"));
        });
      }
      signal?.addEventListener("abort", () => request.abort());
      request.send(this.file.slice(offset));
    });
  }
}

/** What an answer that is no yes means: 409, 423, 429 and failures of the server pass, all else is final. */
async function refusal(status: number, body: () => Promise<string>): Promise<Error> {
  if (status === 0 || status === 204 || status === 409 || status === 423 || status === 429 || status >= 500) {
    return new Error(`not now: ${status}`);
  }
  let words = "";
  try {
    const told: unknown = JSON.parse(await body());
    if (told && typeof told === "object" && "detail" in told) words = String(told.detail);
  } catch {
    // Some answers of proxies are no JSON: the number says enough.
  }
  return new Refused(status, words);
}
