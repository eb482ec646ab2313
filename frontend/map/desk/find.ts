/** The box in which things are looked for by their names: places, parts, cases, people. */
import { drawing } from "../pictures";
import { ICONS } from "./icons";
import { made } from "./making";
import type { Desk } from "./tools";
import { WORDS } from "./words";

export function offerFind(desk: Desk, box: HTMLElement): void {
  const words = WORDS[desk.language];
  const field = made("input", "form-control");
  field.type = "search";
  field.placeholder = words.find;
  field.setAttribute("aria-label", words.find);
  box.append(drawing(ICONS.search, 16), field);
}
