import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AddressSearchElement } from "./address-search";

customElements.define("address-search", AddressSearchElement);

const ITEMS = [
  { title: "人民路", kind: "道路", layer: "roads", at: [120.001, 30.002], key: "" },
  { title: "人民公园", kind: "地块", layer: "areas", at: [120.003, 30.004], key: "" },
  { title: "990101人民", kind: "案卷", layer: "cases", at: [120.005, 30.006], key: "1" },
];

function form(): HTMLInputElement {
  const whole = document.createElement("div");
  whole.innerHTML =
    "<form class=act><address-search><input id=f-address name=address></address-search><input name=part_code>" +
    "<fieldset><input name=point.lon><input name=point.lat><p data-understood></p></fieldset></form>";
  document.body.replaceChildren(whole);
  return document.querySelector("#f-address") as HTMLInputElement;
}

const value = (name: string): string => document.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value ?? "";
const lines = (): (string | undefined)[] =>
  [...document.querySelectorAll("[role=option] strong")].map((line) => line.textContent ?? undefined);
const press = (field: Element, key: string): boolean =>
  field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

async function type(field: HTMLInputElement, words: string): Promise<void> {
  field.focus();
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await vi.advanceTimersByTimeAsync(300);
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal(
    "fetch",
    vi.fn(async (address: string) =>
      Response.json(address.startsWith("/map/find") ? { items: ITEMS } : { words: "滨河街道" }),
    ),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("places of the city are offered while one types, cases and areas of the staff are not", async () => {
  const field = form();
  await type(field, "人民");
  expect(lines()).toEqual(["人民路", "人民公园"]);
  expect(field.getAttribute("aria-expanded")).toBe("true");
  await type(field, "人");
  expect([lines(), field.getAttribute("aria-expanded")]).toEqual([[], "false"]);
});

test("arrows move, Enter takes: the name, the point and the words are there", async () => {
  const field = form();
  await type(field, "人民");
  press(field, "ArrowDown");
  press(field, "ArrowDown");
  expect(field.getAttribute("aria-activedescendant")).toBe("f-address-places-1");
  expect(press(field, "Enter")).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([field.value, value("point.lon"), value("point.lat")]).toEqual(["人民公园", "120.003000", "30.004000"]);
  expect(document.querySelector("[data-understood]")?.textContent).toBe("人民公园 · 滨河街道");
  expect(lines()).toEqual([]);
});

test("Escape closes and changes nothing, and Enter without a choice is the form's own", async () => {
  const field = form();
  await type(field, "人民路 12 号");
  expect(press(field, "Enter")).toBe(true);
  press(field, "Escape");
  expect([lines(), field.value, value("point.lon")]).toEqual([[], "人民路 12 号", ""]);
});

test("a part gives its code too", async () => {
  vi.mocked(fetch).mockResolvedValue(
    Response.json({
      items: [{ title: "路灯", kind: "部件", layer: "parts", at: [120, 30], key: "99010102000000001" }],
    }),
  );
  const field = form();
  await type(field, "99010102000000001");
  (document.querySelector("[role=option]") as HTMLElement).dispatchEvent(
    new MouseEvent("mousedown", { bubbles: true }),
  );
  expect(value("part_code")).toBe("99010102000000001");
});

test("without an answer the field takes what is typed", async () => {
  vi.mocked(fetch).mockRejectedValue(new TypeError("away"));
  const field = form();
  await type(field, "老街口");
  expect([lines(), field.value]).toEqual([[], "老街口"]);
});
