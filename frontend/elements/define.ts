/** The one place where elements get their names. */
import { CapsNoteElement } from "./caps-note";
import { DueClockElement } from "./due-clock";

customElements.define("caps-note", CapsNoteElement);
customElements.define("due-clock", DueClockElement);

declare global {
  interface HTMLElementTagNameMap {
    "caps-note": CapsNoteElement;
    "due-clock": DueClockElement;
  }
}
