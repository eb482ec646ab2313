import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FilePickElement } from "./file-pick";

customElements.define("file-pick", FilePickElement);

let pick: FilePickElement;
let input: HTMLInputElement;
let form: HTMLFormElement;
const sent = vi.fn();

/** The test's DOM cannot carry files from one input to another, so that what is carried is a plain list. */
class Carrier {
  files: File[] = [];
  items = { add: (file: File): number => this.files.push(file) };
}

beforeEach(() => {
  vi.useFakeTimers();
  sent.mockClear();
  vi.stubGlobal("DataTransfer", Carrier);
  vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }));
  document.body.innerHTML =
    '<form class="act"><file-pick data-drop="Take out" data-sending="going" data-sent="here" data-again="waits" data-late="along"><label>Close<input type="file" name="photos.close" multiple></label></file-pick><button>Send</button></form>';
  form = document.querySelector("form") as HTMLFormElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sent(digests());
  });
  HTMLElement.prototype.scrollIntoView = () => undefined;
  pick = document.querySelector("file-pick") as FilePickElement;
  input = document.querySelector("input") as HTMLInputElement;
  let files: File[] = [];
  Object.defineProperty(input, "files", { get: () => files, set: (all: File[]) => (files = all) });
});

afterEach(() => {
  pick.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function choose(...names: string[]): void {
  input.files = names.map((name) => new File(["x".repeat(10)], name, { type: "image/jpeg" })) as unknown as FileList;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

const carried = (): string[] => [...(input.files ?? [])].map((file) => file.name);
const digests = (): string[] => [...form.querySelectorAll<HTMLInputElement>("[name=photos]")].map((one) => one.value);
const stands = (): string[] => [...pick.querySelectorAll("li small:first-child")].map((one) => one.textContent ?? "");

/**
 * Stands for the page's server and the upload process: `cuts` of the pieces break off at half their length, `uploads` says how the
 * process answers a beginning, `grant` how the page's server answers.
 */
function servers({
  cuts = 0,
  uploads = 201,
  grant = 201,
}: {
  cuts?: number;
  uploads?: number;
  grant?: number;
}): string[] {
  pick.dataset["to"] = "/desk/grant";
  pick.dataset["city"] = "990101";
  const asked: string[] = [];
  let came = 0;
  vi.stubGlobal("fetch", async (to: string, how: RequestInit) => {
    if (to === "/desk/grant") {
      const body = how.body as FormData;
      asked.push(`grant ${body.get("bytes")} ${body.get("city")}`);
      const told = grant === 201 ? { grant: "g", to: "http://city.example:8001/uploads/" } : { detail: "too much" };
      return new Response(JSON.stringify(told), { status: grant });
    }
    asked.push(`${how.method}`);
    if (uploads === 0) throw new TypeError("Failed to fetch");
    if (how.method === "POST") {
      return new Response(null, { status: uploads, headers: { Location: "/uploads/one" } });
    }
    return new Response(null, { status: 200, headers: { "Upload-Offset": String(came) } });
  });
  class Request extends EventTarget {
    readonly upload = new EventTarget();
    status = 0;
    #offset = 0;
    open(): void {}
    setRequestHeader(name: string, value: string): void {
      if (name === "Upload-Offset") this.#offset = Number(value);
    }
    getResponseHeader(): string {
      return "abc";
    }
    send(body: Blob): void {
      asked.push(`PATCH ${this.#offset}+${body.size}`);
      const isCut = cuts-- > 0;
      came = this.#offset + (isCut ? body.size / 2 : body.size);
      this.status = isCut ? 0 : 204;
      setTimeout(() => this.dispatchEvent(new Event(isCut ? "error" : "load")), 100);
    }
    abort(): void {
      this.dispatchEvent(new Event("abort"));
    }
  }
  vi.stubGlobal("XMLHttpRequest", Request);
  return asked;
}

test("what is chosen later is added to what is there", () => {
  choose("a.jpg");
  choose("b.jpg", "c.jpg");
  expect(carried()).toEqual(["a.jpg", "b.jpg", "c.jpg"]);
  expect([...pick.querySelectorAll("li span")].map((one) => one.textContent)).toEqual(["a.jpg", "b.jpg", "c.jpg"]);
});

test("a cross takes one out", () => {
  choose("a.jpg", "b.jpg");
  pick.querySelector<HTMLButtonElement>("li button")?.click();
  expect(carried()).toEqual(["b.jpg"]);
  expect(pick.querySelectorAll("li")).toHaveLength(1);
});

test("a file is sent at once, goes on where it broke off, and stands in the form by its digest", async () => {
  const asked = servers({ cuts: 1 });
  choose("a.jpg");
  expect(carried()).toEqual(["a.jpg"]);
  await vi.advanceTimersByTimeAsync(150);
  expect(stands()).toEqual(["waits"]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(asked).toEqual(["grant 10 990101", "POST", "HEAD", "PATCH 0+10", "HEAD", "PATCH 5+5"]);
  expect(digests()).toEqual(["close:abc"]);
  expect(carried()).toEqual([]);
  expect(stands()).toEqual(["here"]);
  pick.querySelector<HTMLButtonElement>("li button")?.click();
  expect(digests()).toEqual([]);
});

test("the form waits for what is on its way, and is sent by itself once", async () => {
  servers({ cuts: 1 });
  choose("a.jpg", "b.jpg");
  await vi.advanceTimersByTimeAsync(10);
  form.requestSubmit();
  expect(sent).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent.mock.calls).toEqual([[["close:abc", "close:abc"]]]);
});

test("whoever presses once more sends the form with the file in it", async () => {
  servers({ cuts: 1 });
  choose("a.jpg");
  await vi.advanceTimersByTimeAsync(10);
  form.requestSubmit();
  form.requestSubmit();
  expect(sent).toHaveBeenCalledTimes(1);
  expect(carried()).toEqual(["a.jpg"]);
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent).toHaveBeenCalledTimes(1);
});

test.each([
  ["is not reached", { uploads: 0 }],
  ["does not know us", { uploads: 404 }],
  ["is asked for nothing, since the session has ended", { grant: 403 }],
])("where the upload process %s the form carries the file", async (_why, how) => {
  servers(how);
  choose("a.jpg");
  await vi.advanceTimersByTimeAsync(1500);
  expect(stands()).toEqual(["along"]);
  expect(carried()).toEqual(["a.jpg"]);
  expect(digests()).toEqual([]);
});

test("what is refused says why and leaves the form", async () => {
  servers({ grant: 413 });
  choose("a.jpg");
  await vi.advanceTimersByTimeAsync(10);
  expect(stands()).toEqual(["too much"]);
  expect(carried()).toEqual([]);
});

test("a file taken out on its way is sent no further, and holds the form no longer", async () => {
  const asked = servers({ cuts: 1 });
  choose("a.jpg");
  await vi.advanceTimersByTimeAsync(10);
  form.requestSubmit();
  pick.querySelector<HTMLButtonElement>("li button")?.click();
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent.mock.calls).toEqual([[[]]]);
  expect(asked.filter((one) => one.startsWith("PATCH"))).toHaveLength(1);
});

test("what came before comes back with what was typed, once, and of its own kind alone", () => {
  pick.giveBack(["close:abcdefgh99", "wide:12345678", "close:abcdefgh99"]);
  expect(digests()).toEqual(["close:abcdefgh99"]);
  expect(pick.querySelector("li span")?.textContent).toBe("abcdefgh");
  expect(stands()).toEqual(["here"]);
});
