import { expect, test } from "vitest";
import { PhotoViewerElement, shotsOf } from "./photo-viewer";

customElements.define("photo-viewer", PhotoViewerElement);

function link(href: string, media = "photo", title = "处置前"): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  Object.assign(made.dataset, { photo: media, title, facts: "800 × 600", sent: "上报" });
  return made;
}

function sheet(...links: HTMLAnchorElement[]): HTMLElement {
  const held = document.createElement("article");
  held.className = "case-sheet";
  held.append(...links, document.createElement("photo-viewer"));
  document.body.replaceChildren(held);
  return held;
}

const facts = (): string => document.querySelector(".viewer-facts")?.textContent ?? "";

function press(key: string): void {
  document.querySelector("dialog")?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

test("a photo that hangs in two places is shown once", () => {
  expect(shotsOf([link("/a"), link("/b"), link("/a")]).map((shot) => new URL(shot.src).pathname)).toEqual(["/a", "/b"]);
});

test("arrows go round, plus and minus zoom, and each shows what is known of it", () => {
  const held = sheet(link("/a"), link("/b", "video", "核查"));
  held.querySelector("a")?.click();
  expect(facts()).toBe("1 / 2 · 处置前 · 上报 · 800 × 600");
  expect(document.querySelector("dialog img")?.getAttribute("src")).toContain("/a");
  press("+");
  expect(document.querySelector("dialog")?.style.getPropertyValue("--zoom")).toBe("1.5");
  press("ArrowRight");
  expect(facts()).toContain("2 / 2 · 核查");
  expect(document.querySelector("dialog video")).not.toBeNull();
  expect(document.querySelector("dialog")?.style.getPropertyValue("--zoom")).toBe("1");
  press("ArrowRight");
  expect(facts()).toContain("1 / 2");
  press("ArrowLeft");
  expect(facts()).toContain("2 / 2");
});

test("a viewer that goes takes its dialog and its ear with it", () => {
  const held = sheet(link("/a"));
  held.querySelector("a")?.click();
  document.querySelector("photo-viewer")?.remove();
  expect(document.querySelector("dialog")).toBeNull();
  const event = new MouseEvent("click", { bubbles: true, cancelable: true });
  held.querySelector("a")?.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
});
