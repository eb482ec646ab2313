import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClassSearchElement } from "./class-search";

customElements.define("class-search", ClassSearchElement);

function form(): HTMLSelectElement {
  const whole = document.createElement("div");
  whole.innerHTML =
    '<form><input type=hidden name=csrfmiddlewaretoken value=t><class-search favourites="/star"><select name=category>' +
    "<option value=''></option><option value=a data-favourite>暴露垃圾</option><option value=b>供水井盖</option></select></class-search></form>";
  document.body.replaceChildren(whole);
  return document.querySelector("select") as HTMLSelectElement;
}

const star = (): HTMLButtonElement => document.querySelector(".favourite") as HTMLButtonElement;
const chips = (): (string | null)[] => [...document.querySelectorAll(".chip.liked")].map((one) => one.textContent);

function choose(select: HTMLSelectElement, key: string): void {
  select.value = key;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

beforeEach(() =>
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response(null, { status: 204 })),
  ),
);
afterEach(() => vi.unstubAllGlobals());

test("favourites are offered first, and the star says whether the chosen class is one", () => {
  const select = form();
  expect([chips(), star().disabled]).toEqual([["暴露垃圾"], true]);
  choose(select, "a");
  expect([star().disabled, star().getAttribute("aria-pressed")]).toEqual([false, "true"]);
});

test("the star keeps the class on the server, and takes it away again", async () => {
  const select = form();
  choose(select, "b");
  star().click();
  await vi.waitFor(() => expect(chips()).toEqual(["暴露垃圾", "供水井盖"]));
  const [address, sent] = vi.mocked(fetch).mock.calls[0] as [string, RequestInit];
  expect([address, String(sent.body)]).toEqual(["/star", "category=b&on=1"]);
  star().click();
  await vi.waitFor(() => expect(chips()).toEqual(["暴露垃圾"]));
});

test("a star that was not kept does not shine", async () => {
  vi.mocked(fetch).mockResolvedValue(new Response(null, { status: 422 }));
  choose(form(), "b");
  star().click();
  await Promise.resolve();
  expect(star().getAttribute("aria-pressed")).toBe("false");
});

function typed(words: string): void {
  const field = document.querySelector("class-search input") as HTMLInputElement;
  field.value = words;
  field.dispatchEvent(new Event("input"));
}

test("of several classes that fit none is chosen; they are offered, and one that is left alone is taken", () => {
  const select = form();
  select.insertAdjacentHTML("beforeend", "<option value=c data-sound=wsjg>污水井盖 02002</option>");
  const found = (): (string | null)[] =>
    [...document.querySelectorAll(".chips.found:not([hidden]) .chip")].map((one) => one.textContent);
  typed("井盖");
  expect([select.value, found()]).toEqual(["", ["供水井盖", "污水井盖 02002"]]);
  typed("wsjg");
  expect([select.value, found()]).toEqual(["c", []]);
  typed("供水");
  expect(select.value).toBe("b");
  typed("没有的");
  expect([select.value, document.querySelector(".chips.found")?.textContent]).toEqual(["", "没有匹配的小类"]);
  typed("井盖");
  (document.querySelector(".chips.found .chip") as HTMLButtonElement).click();
  expect([select.value, found()]).toEqual(["b", []]);
});
