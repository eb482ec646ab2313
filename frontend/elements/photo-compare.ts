/**
 * `<photo-compare label="…">` with two figures, before and after: lays the first over the second and cuts it off where a slider
 * stands. The slider is an ordinary range: ← → move it, Home and End show one photo whole. Without a script there are two photos.
 */
export class PhotoCompareElement extends HTMLElement {
  #slider: HTMLInputElement | undefined;

  connectedCallback(): void {
    const [before, after] = this.querySelectorAll("img");
    if (!before || !after || this.#slider) return;
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = "0";
    slider.max = "100";
    slider.step = "1";
    slider.value = "50";
    slider.className = "compare-slider";
    slider.setAttribute("aria-label", this.getAttribute("label") ?? "");
    slider.addEventListener("input", this.#show);
    this.append(slider);
    this.#slider = slider;
    this.dataset["ready"] = "true";
    this.#show();
  }

  disconnectedCallback(): void {
    this.#slider?.removeEventListener("input", this.#show);
    this.#slider?.remove();
    this.#slider = undefined;
    delete this.dataset["ready"];
  }

  #show = (): void => {
    const share = this.#slider?.value ?? "50";
    this.style.setProperty("--seen", share);
    this.#slider?.setAttribute("aria-valuetext", `${share} %`);
  };
}
