import { expect, test } from "vitest";
import { PhotoCompareElement } from "./photo-compare";

customElements.define("photo-compare", PhotoCompareElement);

function compare(photos: number): HTMLElement {
  const made = document.createElement("photo-compare");
  made.setAttribute("label", "how much of before");
  for (let n = 0; n < photos; n++) made.append(document.createElement("img"));
  document.body.replaceChildren(made);
  return made;
}

test("a slider says how much of the first photo is seen, and can be named and moved by keys", () => {
  const made = compare(2);
  const slider = made.querySelector("input");
  expect([slider?.type, slider?.getAttribute("aria-label")]).toEqual(["range", "how much of before"]);
  expect(made.style.getPropertyValue("--seen")).toBe("50");
  if (slider) slider.value = "80";
  slider?.dispatchEvent(new Event("input"));
  expect(made.style.getPropertyValue("--seen")).toBe("80");
  expect(slider?.getAttribute("aria-valuetext")).toBe("80 %");
});

test("one photo alone has nothing to be compared with", () => {
  expect(compare(1).querySelector("input")).toBeNull();
});

test("one that goes leaves two plain photos behind", () => {
  const made = compare(2);
  made.remove();
  expect(made.querySelector("input")).toBeNull();
  expect(made.dataset["ready"]).toBeUndefined();
});
