import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReportPlaceElement } from "./report-place";

customElements.define("report-place", ReportPlaceElement);

type Found = (position: { coords: { longitude: number; latitude: number } }) => void;

const located: { found: Found; failed: () => void }[] = [];
const asked: { answer: (told: object, status?: number) => void; fail: () => void }[] = [];

/** Lets all that waits go on. */
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  located.length = asked.length = 0;
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", {
    geolocation: { getCurrentPosition: (found: Found, failed: () => void) => located.push({ found, failed }) },
  });
  vi.stubGlobal("fetch", () => {
    return new Promise<Response>((resolve, reject) => {
      asked.push({
        answer: (told, status = 200) => resolve(new Response(JSON.stringify(told), { status })),
        fail: () => reject(new TypeError("no network")),
      });
    });
  });
  const made = document.createElement("div");
  made.innerHTML = `<report-place data-where="/report/where"><form>
    <input name="lon"><input name="lat"><city-map></city-map>
    <p class="understood" data-waits="waits" data-tap="tap" data-no="no" data-outside="away" data-unnamed="unnamed"></p><ul class="near" hidden></ul>
    <button type="button" data-here hidden></button><input id="address" name="address"><button class="press"></button></form></report-place>`;
  document.body.append(made);
});

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function find(lon: number, n = 0): void {
  located[n]?.found({ coords: { longitude: lon, latitude: 30 } });
}

function tap(lon: number, told?: object): void {
  const map = document.querySelector("city-map");
  map?.dispatchEvent(new CustomEvent("map-pick", { detail: { lon, lat: 30 } }));
  if (told) map?.dispatchEvent(new CustomEvent("map-place", { detail: { lon, lat: 30, ...told } }));
}

const shown = (): (string | null | undefined)[] => [
  document.querySelector<HTMLInputElement>("[name=lon]")?.value,
  document.querySelector(".understood")?.textContent,
  document.querySelector("city-map")?.getAttribute("marker"),
];

test("a position that comes after a tap changes nothing", () => {
  tap(120.5, { words: "tapped", near: [] });
  find(121);
  expect(shown()).toEqual(["120.500000", "tapped", null]);
  expect(asked).toEqual([]);
});

test("so does a failure to find it, and a position that comes before the words of the tap", () => {
  tap(120.5);
  find(121);
  located[0]?.failed();
  expect(shown()[0]).toBe("120.500000");
  expect(shown()[1]).not.toBe("no");
});

test("what is answered about the position after a tap changes nothing", async () => {
  find(121);
  tap(120.5, { words: "tapped", near: [] });
  asked[0]?.answer({ words: "located", near: [] });
  await settle();
  expect(shown().slice(0, 2)).toEqual(["120.500000", "tapped"]);
});

test("of two questions for the position the later one counts, in whatever order they are answered", async () => {
  document.querySelector<HTMLButtonElement>("[data-here]")?.click();
  find(121, 0);
  find(122, 1);
  expect(asked.length).toBe(1);
  asked[0]?.answer({ words: "second", near: [] });
  await settle();
  expect(shown()).toEqual(["122.000000", "second", "122.000000,30.000000"]);
});

test.each([
  ["the network fails", (): void => asked[0]?.fail()],
  ["the server does", (): void => asked[0]?.answer({ detail: "bad gateway" }, 502)],
])("a position stands although %s, and it is said that it has no name", async (_what, fail) => {
  find(121);
  expect(shown().slice(0, 2)).toEqual(["121.000000", "waits"]);
  fail();
  await settle();
  expect(shown().slice(0, 2)).toEqual(["121.000000", "unnamed"]);
  expect(document.querySelector(".press")?.classList.contains("waits")).toBe(false);
});

test.each([
  ["the server says so", "", (): void => asked[0]?.answer({ detail: "outside" }, 422)],
  ["nobody answers, and the map ends before it", "119,29,120,31", (): void => asked[0]?.fail()],
])("a position outside leaves the map at the city and is told plainly: %s", async (_why, bounds, ends) => {
  document.querySelector("city-map")?.setAttribute("bounds", bounds);
  find(121);
  ends();
  await settle();
  expect(shown()).toEqual(["", "away", null]);
  expect(document.querySelector("city-map")?.hasAttribute("center")).toBe(false);
  tap(120.5, { words: "outside too", unit_grid: "" });
  expect(shown().slice(0, 2)).toEqual(["", "outside too"]);
});
