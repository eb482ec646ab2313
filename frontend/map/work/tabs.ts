/** A row of choices of which one holds. */
import { made } from "../desk/making";

export function tabs(
  title: string,
  options: readonly (readonly [value: string, words: string])[],
  chosen: string,
  then: (value: string) => void,
): HTMLElement {
  const group = made("div", "mw-tabs");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", title);
  for (const [value, words] of options) {
    const button = made("button", "mw-tab", words);
    button.type = "button";
    button.value = value;
    button.setAttribute("aria-pressed", String(value === chosen));
    button.addEventListener("click", () => {
      for (const one of group.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === button));
      then(value);
    });
    group.append(button);
  }
  return group;
}
