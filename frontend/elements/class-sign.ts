import { SIGNS } from "../map/signs";

const SVG = "http://www.w3.org/2000/svg";

/** `<class-sign name="trash">`: the sign of a class, in the stroke of all our symbols. Beside it stands the class's name. */
export class ClassSignElement extends HTMLElement {
  connectedCallback(): void {
    if (this.firstChild) return;
    const drawing = SIGNS[(this.getAttribute("name") ?? "") as keyof typeof SIGNS] ?? SIGNS.other;
    const svg = document.createElementNS(SVG, "svg");
    for (const [name, value] of Object.entries({
      viewBox: "0 0 24 24",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "1.75",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
      "aria-hidden": "true",
    }))
      svg.setAttribute(name, value);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", drawing);
    svg.append(path);
    this.append(svg);
  }
}
