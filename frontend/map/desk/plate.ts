/** What stands beside a map on a picture or a sheet: scale bar, north arrow, whose data it is. Drawn on a canvas, tested by eye. */
import type { Map as GlMap } from "maplibre-gl";
import { distanceTold, metresOfPoint, roundDistance } from "./scale";

/** Where and in which colours something is drawn. */
export interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly ink: string;
  readonly ground: string;
  readonly font: string;
}

/** Draws a bar of a round distance, its left end at x, its feet at y; returns its width. `points` of the map are one of the drawing. */
export function drawBar(pen: Pen, x: number, y: number, metresPerPoint: number, longest: number): number {
  const metres = roundDistance(metresPerPoint * longest);
  const width = metres / metresPerPoint;
  const { context } = pen;
  context.lineWidth = 1;
  for (let part = 0; part < 4; part += 1) {
    context.fillStyle = part % 2 ? pen.ground : pen.ink;
    context.fillRect(x + (part * width) / 4, y - 5, width / 4, 5);
  }
  context.strokeStyle = pen.ink;
  context.strokeRect(x, y - 5, width, 5);
  context.fillStyle = pen.ink;
  context.font = pen.font;
  context.textBaseline = "bottom";
  context.textAlign = "start";
  context.fillText("0", x - 2, y - 7);
  context.textAlign = "center";
  context.fillText(distanceTold(metres / 2), x + width / 2, y - 7);
  context.fillText(distanceTold(metres), x + width, y - 7);
  return width;
}

/** Draws an arrow to the north with its middle at x, its feet at y: our maps are never turned. */
export function drawNorth(pen: Pen, x: number, y: number, height: number, letter: string): void {
  const { context } = pen;
  const half = height * 0.26;
  context.fillStyle = pen.ink;
  context.strokeStyle = pen.ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, y - height);
  context.lineTo(x + half, y);
  context.lineTo(x, y - height * 0.25);
  context.closePath();
  context.stroke();
  context.beginPath();
  context.moveTo(x, y - height);
  context.lineTo(x - half, y);
  context.lineTo(x, y - height * 0.25);
  context.closePath();
  context.fill();
  context.font = pen.font;
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(letter, x, y - height - 2);
}

/** Metres on the ground of a point of the map's middle. */
export function metresOf(map: GlMap): number {
  return metresOfPoint(map.getCenter().lat, map.getZoom());
}

/** Whose pictures lie under the map: plain words, each once. */
export function sourcesTold(map: GlMap): string {
  const told = Object.values(map.getStyle().sources).flatMap((source) =>
    "attribution" in source && source.attribution ? [plain(source.attribution)] : [],
  );
  return [...new Set(told)].join(" · ");
}

function plain(text: string): string {
  return new DOMParser().parseFromString(text, "text/html").body.textContent?.trim() ?? "";
}

/** The map's picture as it is drawn now: read while it is drawn, since a browser forgets it afterwards. */
export function pictureOf(map: GlMap): Promise<HTMLCanvasElement> {
  return new Promise((done) => {
    map.once("render", () => {
      const drawn = map.getCanvas();
      const copy = document.createElement("canvas");
      copy.width = drawn.width;
      copy.height = drawn.height;
      copy.getContext("2d")?.drawImage(drawn, 0, 0);
      done(copy);
    });
    map.triggerRepaint();
  });
}
