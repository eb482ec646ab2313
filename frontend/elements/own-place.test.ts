import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OwnPlaceElement } from "./own-place";

customElements.define("own-place", OwnPlaceElement);

let place: { found: (position: object) => void; failed: () => void } | undefined;
let answer = new Response("{}");
let isPhone = true;

const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  place = undefined;
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("matchMedia", () => ({ matches: isPhone }));
  vi.stubGlobal("fetch", () => Promise.resolve(answer));
  vi.stubGlobal("navigator", {
    geolocation: {
      getCurrentPosition: (found: (position: object) => void, failed: () => void) => {
        place = { found, failed };
      },
    },
  });
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function page(lon = ""): void {
  const made = document.createElement("div");
  made.innerHTML = `<form><fieldset><own-place hidden data-at-once data-waits="waits" data-no="no" data-outside="away" data-unnamed="unnamed">
    <button type="button"></button></own-place><input name="point.lon" value="${lon}"><input name="point.lat"><p data-understood></p></fieldset></form>
    <city-map id="desk-map"></city-map>`;
  document.body.append(made);
}

const shown = (): (string | null | undefined)[] => [
  document.querySelector<HTMLInputElement>("[name='point.lon']")?.value,
  document.querySelector("[data-understood]")?.textContent,
  document.querySelector("city-map")?.getAttribute("center"),
];

test("a phone writes where it stands, says it in words and shows it", async () => {
  page();
  expect(shown()).toEqual(["", "waits", null]);
  answer = new Response(JSON.stringify({ words: "人民路附近" }));
  place?.found({ coords: { longitude: 120, latitude: 30 } });
  await settle();
  expect(shown()).toEqual(["120.000000", "人民路附近", "120.000000,30.000000"]);
});

test("outside the reader's cities nothing is written, and the map stays", async () => {
  page();
  answer = new Response(JSON.stringify({ detail: "nowhere" }), { status: 404 });
  place?.found({ coords: { longitude: 2, latitude: 48 } });
  await settle();
  expect(shown()).toEqual(["", "away", null]);
});

test("a place that was typed or clicked stays", async () => {
  page("121");
  expect(place).toBeUndefined();
  document.querySelector<HTMLButtonElement>("own-place button")?.click();
  document.querySelector("form")?.dispatchEvent(new CustomEvent("place-set"));
  place?.found({ coords: { longitude: 120, latitude: 30 } });
  place?.failed();
  await settle();
  expect(shown()).toEqual(["121", "waits", null]);
});

test("a desk is not asked before the button is pressed", () => {
  isPhone = false;
  page();
  expect(place).toBeUndefined();
  document.querySelector<HTMLButtonElement>("own-place button")?.click();
  place?.failed();
  expect(shown()[1]).toBe("no");
});
