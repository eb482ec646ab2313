/** The one place where elements get their names. */
import { CityMapElement } from "../map/city-map";
import { CapsNoteElement } from "./caps-note";
import { DueClockElement } from "./due-clock";

customElements.define("caps-note", CapsNoteElement);
customElements.define("city-map", CityMapElement);
customElements.define("due-clock", DueClockElement);

declare global {
  interface HTMLElementTagNameMap {
    "caps-note": CapsNoteElement;
    "city-map": CityMapElement;
    "due-clock": DueClockElement;
  }
}
