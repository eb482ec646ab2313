/** A panorama on a sphere, by Photo Sphere Viewer; this file and all that it needs come in a chunk of their own. */
import "@photo-sphere-viewer/core/index.css";
import { Viewer } from "@photo-sphere-viewer/core";
import { EquirectangularTilesAdapter } from "@photo-sphere-viewer/equirectangular-tiles-adapter";
import { turned } from "./angles";
import type { Stage } from "./stage";
import type { StreetPicture } from "./view";

const RADIANS = Math.PI / 180;
const TURN = 15 * RADIANS;

/** What the viewer reads: each size in squares, the whole in small first. */
function panorama(view: StreetPicture) {
  const levels = view.levels.map(([width, cols]) => ({ width, cols, rows: cols / 2 }));
  return {
    baseUrl: `${view.address}/base`,
    levels,
    tileUrl: (col: number, row: number, level: number) => `${view.address}/${level}/${col}/${row}.jpg`,
  };
}

/** The sphere is turned by where the camera looked, so that its own direction is that of the compass. */
function correction(view: StreetPicture) {
  return {
    pan: -(view.heading ?? 0) * RADIANS,
    tilt: -view.pitch * RADIANS,
    roll: view.roll * RADIANS,
  };
}

export class Sphere implements Stage {
  readonly #viewer: Viewer;
  readonly #looked: (look: number, width: number) => void;

  constructor(
    container: HTMLElement,
    view: StreetPicture,
    looked: (look: number, width: number) => void,
    lang: { loading: string; failed: string },
  ) {
    this.#looked = looked;
    this.#viewer = new Viewer({
      container,
      adapter: EquirectangularTilesAdapter.withConfig({ baseBlur: false, showErrorTile: false }),
      panorama: panorama(view),
      sphereCorrection: correction(view),
      defaultYaw: view.look * RADIANS,
      defaultPitch: -3 * RADIANS,
      defaultZoomLvl: 20,
      minFov: 25,
      maxFov: 95,
      navbar: false,
      keyboard: false,
      mousewheelCtrlKey: false,
      rendererParameters: { antialias: true, alpha: false, preserveDrawingBuffer: true },
      lang: { loading: lang.loading, loadError: lang.failed },
    });
    this.#viewer.addEventListener("position-updated", this.#tell);
    this.#viewer.addEventListener("zoom-updated", this.#tell);
    this.#viewer.addEventListener("ready", () => {
      container.dataset["state"] = "ready";
      this.#tell();
    });
  }

  #tell = (): void => this.#looked(this.look, this.#viewer.state.hFov);

  get look(): number {
    return turned(this.#viewer.getPosition().yaw / RADIANS);
  }

  async show(view: StreetPicture, look: number): Promise<void> {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    await this.#viewer.setPanorama(panorama(view), {
      sphereCorrection: correction(view),
      position: { yaw: look * RADIANS, pitch: this.#viewer.getPosition().pitch },
      transition: calm ? false : { effect: "fade", rotation: false, speed: 150 },
      showLoader: false,
    });
    this.#tell();
  }

  turn(steps: number): void {
    const { yaw, pitch } = this.#viewer.getPosition();
    this.#viewer.rotate({ yaw: yaw + steps * TURN, pitch });
  }

  zoom(steps: number): void {
    this.#viewer.zoom(this.#viewer.getZoomLevel() + steps * 15);
  }

  remove(): void {
    this.#viewer.destroy();
  }
}
