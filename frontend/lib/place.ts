/** Writes a place into the form of an act and says back what was understood; a form that asks for none stays as it is. */
export function putPlace(form: HTMLFormElement, lon: number, lat: number, words: string): void {
  const field = form.querySelector<HTMLInputElement>("input[name$='.lon']");
  const other = form.querySelector<HTMLInputElement>("input[name$='.lat']");
  if (!field || !other) return;
  field.value = lon.toFixed(6);
  other.value = lat.toFixed(6);
  // What is typed is kept by the event that typing makes.
  other.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new CustomEvent("place-set", { bubbles: true }));
  const understood = field.closest("fieldset")?.querySelector<HTMLElement>("[data-understood]");
  if (understood && words) understood.textContent = words;
}
