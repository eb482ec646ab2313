import { expect, test } from "vitest";
import { inHand } from "./demo-bar";

test("the case shown and those ticked are in hand, each once", () => {
  document.body.innerHTML =
    '<article class="case-sheet" data-number="1"></article>' +
    '<input type="checkbox" name="number" value="1" checked><input type="checkbox" name="number" value="2" checked>' +
    '<input type="checkbox" name="number" value="3"><input name="number" value="4">';
  expect([...inHand()]).toEqual(["1", "2"]);
});

test("those of a batch are in hand until it is done", () => {
  document.body.innerHTML =
    '<section class="batch"><form><input type="hidden" name="number" value="5"></form></section>';
  expect([...inHand()]).toEqual(["5"]);
  document.body.innerHTML = '<section class="batch"><table><tr><td>5</td></tr></table></section>';
  expect(inHand().size).toBe(0);
});
