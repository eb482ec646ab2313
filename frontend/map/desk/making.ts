/** Small makers of elements for the desk's panels. */
import { drawing } from "../pictures";

export function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name = "",
  ...inside: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...inside);
  return element;
}

/** A button with a drawing alone, which its words name. */
export function iconButton(words: string, paths: string, then: () => void): HTMLButtonElement {
  const button = made("button", "md-icon", drawing(paths, 18));
  button.type = "button";
  button.title = words;
  button.setAttribute("aria-label", words);
  button.addEventListener("click", then);
  return button;
}

/** A button with words. */
export function wordButton(words: string, then: () => void, name = "btn"): HTMLButtonElement {
  const button = made("button", name, words);
  button.type = "button";
  button.addEventListener("click", then);
  return button;
}

/** A field with its label above. */
export function labelled(words: string, field: HTMLElement): HTMLLabelElement {
  return made("label", "md-field", made("span", "", words), field);
}

/** A choice of several, each value with its words. */
export function choice(
  options: readonly (readonly [value: string, words: string])[],
  chosen: string,
): HTMLSelectElement {
  const select = made("select", "form-select");
  for (const [value, words] of options) {
    const option = made("option", "", words);
    option.value = value;
    option.selected = value === chosen;
    select.append(option);
  }
  return select;
}
