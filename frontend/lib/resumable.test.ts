import { afterEach, expect, test, vi } from "vitest";
import { Refused, Resumable } from "./resumable";

const GRANT = { grant: "grant", to: "https://city.example:8443/uploads/" };

afterEach(() => vi.unstubAllGlobals());

/** Answers as an upload process does, which may be cut off; what has come is remembered. */
function server(cutAt: number[]): { asked: string[]; came: () => number } {
  const asked: string[] = [];
  let came = 0;
  const size = 1000;
  vi.stubGlobal("fetch", async (to: string, how: RequestInit) => {
    const headers = new Headers(how.headers);
    asked.push(`${how.method} ${new URL(to).pathname} ${headers.get("Authorization")}`);
    if (how.method === "POST") return new Response(null, { status: 201, headers: { Location: "/uploads/one" } });
    const told = new Headers({ "Upload-Offset": String(came) });
    if (came === size) told.set("Media-Receipt", "receipt");
    return new Response(null, { status: 200, headers: told });
  });
  class Request extends EventTarget {
    readonly upload = new EventTarget();
    status = 0;
    responseText = "";
    #offset = 0;
    open(): void {}
    setRequestHeader(name: string, value: string): void {
      if (name === "Upload-Offset") this.#offset = Number(value);
    }
    getResponseHeader(): string | null {
      return came === size ? "receipt" : null;
    }
    send(body: Blob): void {
      asked.push(`PATCH ${this.#offset}+${body.size}`);
      const cut = cutAt.shift();
      came = this.#offset + Math.min(body.size, cut ?? body.size);
      if (cut === undefined) this.status = 204;
      queueMicrotask(() => this.dispatchEvent(new Event(cut === undefined ? "load" : "error")));
    }
    abort(): void {}
  }
  vi.stubGlobal("XMLHttpRequest", Request);
  return { asked, came: () => came };
}

test("what broke off goes on from where it broke, with the same upload", async () => {
  const { asked, came } = server([300, 200]);
  const upload = new Resumable(GRANT, new Blob(["x".repeat(1000)]));
  await expect(upload.go(() => {})).rejects.toThrow();
  await expect(upload.go(() => {})).rejects.toThrow();
  expect(await upload.go(() => {})).toBe("receipt");
  expect(came()).toBe(1000);
  expect(asked.filter((one) => one.startsWith("PATCH"))).toEqual(["PATCH 0+1000", "PATCH 300+700", "PATCH 500+500"]);
  expect(asked.filter((one) => one.startsWith("POST"))).toEqual(["POST /uploads/ Grant grant"]);
});

test("whoever missed the last answer asks and sends nothing again", async () => {
  const { asked } = server([1000]);
  const upload = new Resumable(GRANT, new Blob(["x".repeat(1000)]));
  await expect(upload.go(() => {})).rejects.toThrow();
  expect(await upload.go(() => {})).toBe("receipt");
  expect(asked.filter((one) => one.startsWith("PATCH"))).toHaveLength(1);
});

test("a refusal is told in the server's words, a server that is busy is asked again", async () => {
  const upload = new Resumable(GRANT, new Blob(["x"]));
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ detail: "is no photo" }), { status: 422 }));
  await expect(upload.go(() => {})).rejects.toEqual(new Refused(422, "is no photo"));
  vi.stubGlobal("fetch", async () => new Response("", { status: 503 }));
  await expect(upload.go(() => {})).rejects.not.toBeInstanceOf(Refused);
  expect(upload.hasBegun).toBe(false);
});
