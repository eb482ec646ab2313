/** What shows a picture: a sphere, or the picture as it is. */
import { shareOf, turned } from "./angles";
import type { StreetPicture } from "./view";

export interface Stage {
  readonly look: number;
  show(view: StreetPicture, look: number): Promise<void>;
  turn(steps: number): void;
  zoom(steps: number): void;
  remove(): void;
}

const ZOOMS = [1, 1.5, 2, 3, 4];
const TURN = 15;
/** How wide a camera sees that says nothing of it. */
export const PHOTO_WIDTH = 65;

/** A photo as a whole, or a panorama laid flat that is drawn along: without WebGL, and without its chunk. */
export class Flat implements Stage {
  readonly #frame = document.createElement("div");
  readonly #image = document.createElement("img");
  readonly #looked: (look: number, width: number) => void;
  #view: StreetPicture;
  #zoom = 0;

  constructor(
    container: HTMLElement,
    view: StreetPicture,
    looked: (look: number, width: number) => void,
    describe: (view: StreetPicture) => string,
  ) {
    this.#view = view;
    this.#looked = looked;
    this.#describe = describe;
    this.#frame.className = "street-flat";
    this.#frame.append(this.#image);
    container.append(this.#frame);
    this.#frame.addEventListener("scroll", this.#tell, { passive: true });
    this.#image.addEventListener("load", () => {
      container.dataset["state"] = "ready";
      this.#aim(this.#wanted);
    });
    this.#wanted = view.look;
    this.#fill();
  }

  readonly #describe: (view: StreetPicture) => string;
  #wanted: number;

  get look(): number {
    const { kind, heading } = this.#view;
    if (kind === "photo") return heading ?? 0;
    const wide = this.#image.clientWidth || 1;
    const middle = (this.#frame.scrollLeft + this.#frame.clientWidth / 2) / wide;
    return turned((heading ?? 0) + (middle - 0.5) * 360);
  }

  get #width(): number {
    if (this.#view.kind === "photo") return PHOTO_WIDTH;
    return Math.min(120, (this.#frame.clientWidth / (this.#image.clientWidth || 1)) * 360);
  }

  #tell = (): void => this.#looked(this.look, this.#width);

  #fill(): void {
    this.#frame.dataset["kind"] = this.#view.kind;
    this.#frame.style.setProperty("--zoom", String(ZOOMS[this.#zoom] ?? 1));
    this.#image.alt = this.#describe(this.#view);
    this.#image.src = `${this.#view.address}/picture`;
  }

  /** Draws a flat panorama to where one looks. */
  #aim(look: number): void {
    if (this.#view.kind === "pano") {
      const at = shareOf(look, this.#view.heading ?? 0) * this.#image.clientWidth;
      this.#frame.scrollLeft = at - this.#frame.clientWidth / 2;
    }
    this.#tell();
  }

  async show(view: StreetPicture, look: number): Promise<void> {
    this.#view = view;
    this.#wanted = look;
    this.#fill();
  }

  turn(steps: number): void {
    this.#frame.scrollLeft += (steps * TURN * this.#image.clientWidth) / 360;
  }

  zoom(steps: number): void {
    const look = this.look;
    this.#zoom = Math.min(Math.max(this.#zoom + steps, 0), ZOOMS.length - 1);
    this.#frame.style.setProperty("--zoom", String(ZOOMS[this.#zoom] ?? 1));
    this.#aim(look);
  }

  remove(): void {
    this.#frame.remove();
  }
}
