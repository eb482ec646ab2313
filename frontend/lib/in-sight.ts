/** The drawn loop of a case is larger than its place: where the case stands comes into sight. */
export function showPlaceInLoop(page: Document): void {
  page.addEventListener("htmx:afterSwap", (event) => {
    const part = event.target instanceof Element ? event.target.querySelector(".drawing") : null;
    const here = part?.querySelector("[data-here]");
    if (!part || !here) return;
    const frame = part.getBoundingClientRect();
    const card = here.getBoundingClientRect();
    part.scrollLeft += card.left + card.width / 2 - frame.left - frame.width / 2;
    part.scrollTop += card.top + card.height / 2 - frame.top - frame.height / 2;
  });
}
