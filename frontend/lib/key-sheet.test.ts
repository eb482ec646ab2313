import { expect, test } from "vitest";
import { gathered, openKeySheet } from "./key-sheet";

test("keys are gathered from what the page shows, each once, by what it is called", () => {
  document.body.innerHTML = `<a data-key="n">Report</a><input data-key="/" placeholder="Case number"><a data-key="n">Other</a>
    <button data-key="1" aria-label="Accept">1</button><button data-key="?">Keys</button><i data-key="x"></i>`;
  expect(gathered(document)).toEqual([
    ["n", "Report"],
    ["/", "Case number"],
    ["1", "Accept"],
  ]);
});

test("the sheet lists what is there when it opens, not what was there before", () => {
  document.body.innerHTML = `<a data-key="n">Report</a><dialog id="keys"><dl data-here><div>old</div></dl></dialog>`;
  openKeySheet(document);
  expect(document.querySelector("[data-here]")?.textContent).toBe("nReport");
  expect(document.querySelector("dialog")?.open).toBe(true);
});
