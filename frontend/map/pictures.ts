/** Pictures of what stands on the map, drawn when the map first asks for one: a case, a cluster of cases, a part. */
import { SIGNS } from "./signs";

export type Colours = Readonly<Record<string, string>>;

/** A picture as MapLibre takes it; `ratio` points of the picture make one on the screen. */
export interface Picture {
  readonly image: ImageData;
  readonly ratio: number;
}

const RATIO = 2;
const CASE = 38;
const CLUSTER = 40;
const PART = 24;

/** The shape of a light, told by more than its colour: ● ◐ ■ ■■ ‖. */
type Ring = (pen: CanvasRenderingContext2D, middle: number, radius: number) => void;

const circle: Ring = (pen, middle, radius) => {
  pen.beginPath();
  pen.arc(middle, middle, radius, 0, 2 * Math.PI);
};
const square: Ring = (pen, middle, radius) => {
  pen.beginPath();
  pen.roundRect(middle - radius, middle - radius, 2 * radius, 2 * radius, 5);
};

function stroke(pen: CanvasRenderingContext2D, colour: string, width: number, dashes: number[] = []): void {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dashes);
  pen.stroke();
  pen.setLineDash([]);
}

/** Draws disc and ring of a light with `radius` around `middle`: round while there is time, square once it is over. */
function ring(pen: CanvasRenderingContext2D, light: string, colours: Colours, middle: number, radius: number): void {
  const colour = colours[`light_${light}`] ?? colours["light_none"] ?? "";
  const late = light === "red" || light === "double_red";
  const shape = late ? square : circle;
  const reach = late ? radius - 1 : radius;
  shape(pen, middle, reach);
  pen.fillStyle = colours["disc"] ?? "";
  pen.fill();
  if (light === "double_red") {
    stroke(pen, colour, 2);
    shape(pen, middle, reach - 3.5);
    stroke(pen, colour, 2);
  } else if (light === "yellow") {
    stroke(pen, colour, 1.5);
    pen.beginPath();
    pen.arc(middle, middle, reach - 1, Math.PI / 2, (3 * Math.PI) / 2);
    stroke(pen, colour, 3.5);
  } else if (light === "paused") {
    stroke(pen, colour, 2.5, [4, 3.2]);
  } else {
    stroke(pen, colour, light === "none" ? 1.5 : 2.5);
  }
  // A hair of the land around it, so that two that touch stay two.
  shape(pen, middle, reach + 2);
  stroke(pen, colours["halo"] ?? "", 1.2);
}

function sign(pen: CanvasRenderingContext2D, name: string, colour: string, middle: number, size: number): void {
  const paths = (SIGNS as Record<string, string>)[name] ?? SIGNS.other;
  pen.save();
  pen.translate(middle - size / 2, middle - size / 2);
  pen.scale(size / 24, size / 24);
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = colour;
  pen.lineWidth = 2;
  pen.stroke(new Path2D(paths));
  pen.restore();
}

/** The size of the picture `id` in points, or null where it is none of ours. */
export function sizeOf(id: string): number | null {
  const kind = id.split(":")[0];
  return kind === "case" ? CASE : kind === "cluster" ? CLUSTER : kind === "part" ? PART : null;
}

/** The picture `id`: `case:<sign>:<light>`, `cluster:<light>` or `part:<sign>:<colour>`; null where it is none of ours. */
export function picture(id: string, colours: Colours): Picture | null {
  const size = sizeOf(id);
  if (size === null) return null;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * RATIO;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  if (pen === null) return null;
  pen.scale(RATIO, RATIO);
  const [kind, first = "", second = ""] = id.split(":");
  const middle = size / 2;
  if (kind === "case") {
    ring(pen, second, colours, middle, 14);
    sign(pen, first, colours["disc_ink"] ?? "", middle, second === "double_red" ? 14 : 17);
  } else if (kind === "cluster") {
    ring(pen, first, colours, middle, 16);
  } else {
    sign(pen, first, colours[second] ?? "", middle, 20);
  }
  return { image: pen.getImageData(0, 0, canvas.width, canvas.height), ratio: RATIO };
}

const NAMESPACE = "http://www.w3.org/2000/svg";

/** A small drawing for a button or a line of the legend, from the paths of a sign. */
export function drawing(paths: string, size = 20): SVGSVGElement {
  const svg = document.createElementNS(NAMESPACE, "svg");
  const facts: Record<string, string> = {
    viewBox: "0 0 24 24",
    width: String(size),
    height: String(size),
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "2",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(facts)) svg.setAttribute(name, value);
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", paths);
  svg.append(path);
  return svg;
}

/** What a mark of the legend looks like, in the map's own colours. */
export function mark(kind: string, colour: string, colours: Colours): HTMLElement | SVGSVGElement {
  const light = kind.startsWith("light-") ? kind.slice("light-".length) : kind === "cluster" ? "none" : "";
  if (light || kind === "cluster") return drawn(`cluster:${light}`, colours, 22);
  const box = document.createElement("i");
  box.className = `map-mark ${kind}`;
  box.style.setProperty("--mark", colours[colour] ?? "currentColor");
  return box;
}

function drawn(id: string, colours: Colours, size: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const made = picture(id, colours);
  if (made !== null) {
    canvas.width = made.image.width;
    canvas.height = made.image.height;
    canvas.getContext("2d")?.putImageData(made.image, 0, 0);
  }
  canvas.style.width = canvas.style.height = `${size}px`;
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}
