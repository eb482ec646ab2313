import { beforeEach, expect, test } from "vitest";
import "./define";

let field: HTMLInputElement;
let note: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = '<input id="secret"><caps-note for="secret" hidden>Caps Lock is on</caps-note>';
  field = document.querySelector("input") as HTMLInputElement;
  note = document.querySelector("caps-note") as HTMLElement;
});

/** The test's DOM knows no lock keys, so the event is told what to answer. */
function press(caps: boolean): void {
  const event = new KeyboardEvent("keydown");
  event.getModifierState = (key) => key === "CapsLock" && caps;
  field.dispatchEvent(event);
}

test("it follows Caps Lock", () => {
  press(true);
  expect(note.hidden).toBe(false);
  press(false);
  expect(note.hidden).toBe(true);
});

test("it goes with the focus", () => {
  press(true);
  field.dispatchEvent(new Event("blur"));
  expect(note.hidden).toBe(true);
});

test("a removed note no longer listens", () => {
  note.remove();
  press(true);
  expect(note.hidden).toBe(true);
});
