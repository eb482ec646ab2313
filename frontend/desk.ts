/** What a desk loads beyond every page: parts that change without a reload, keys, and the fields of its forms. */
import "./styles/desk.css";
import "./styles/demo.css";
import "./styles/shell.css";
import "./styles/case.css";
import "./styles/grounds.css";
import "./styles/grids.css";
import "./styles/imports.css";
import "./styles/routing.css";
import "./styles/paper.css";
import "./styles/search.css";
import "./styles/parts.css";
import "./styles/hints.css";
import "./styles/wall.css";
import "./styles/acceptance.css";
import "./styles/street.css";
import htmx from "htmx.org";
import { AddressSearchElement } from "./elements/address-search";
import { BatchBarElement } from "./elements/batch-bar";
import { ClassSearchElement } from "./elements/class-search";
import { ConditionChoiceElement } from "./elements/condition-choice";
import { DemoBarElement } from "./elements/demo-bar";
import { DispatchHintElement } from "./elements/dispatch-hint";
import { FilePickElement } from "./elements/file-pick";
import { LivePartElement } from "./elements/live-part";
import { OwnPlaceElement } from "./elements/own-place";
import { PhotoCompareElement } from "./elements/photo-compare";
import { PhotoViewerElement } from "./elements/photo-viewer";
import { PhraseMenuElement } from "./elements/phrase-menu";
import { PickManyElement } from "./elements/pick-many";
import { StreetViewElement } from "./elements/street-view";
import { WorkListElement } from "./elements/work-list";
import { chooseAreas } from "./lib/area-level";
import { followOnMap } from "./lib/desk-map";
import { showPlaceInLoop } from "./lib/in-sight";
import { keepTyped } from "./lib/keep-typed";
import { openKeySheet } from "./lib/key-sheet";
import { listenForKeys } from "./lib/keys";
import { searchByMap } from "./lib/search-map";
import { GridChoiceElement } from "./map/grids/grid-choice";
import { GridEditorElement } from "./map/grids/grid-editor";
import { openFromMap } from "./street/open";

// Nothing that the content security policy forbids. What was refused shows its form again, with what was typed.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.historyCacheSize = 0;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "4(01|03|04|29)", swap: false, error: true },
  { code: "4..", swap: true },
  { code: "5..", swap: false, error: true },
];

customElements.define("work-list", WorkListElement);
customElements.define("batch-bar", BatchBarElement);
customElements.define("file-pick", FilePickElement);
customElements.define("live-part", LivePartElement);
customElements.define("demo-bar", DemoBarElement);
customElements.define("phrase-menu", PhraseMenuElement);
customElements.define("photo-compare", PhotoCompareElement);
customElements.define("photo-viewer", PhotoViewerElement);
customElements.define("dispatch-hint", DispatchHintElement);
customElements.define("own-place", OwnPlaceElement);
customElements.define("pick-many", PickManyElement);
customElements.define("address-search", AddressSearchElement);
customElements.define("class-search", ClassSearchElement);
customElements.define("street-view", StreetViewElement);
customElements.define("condition-choice", ConditionChoiceElement);
customElements.define("grid-editor", GridEditorElement);
customElements.define("grid-choice", GridChoiceElement);
listenForKeys(document);
followOnMap(document);
chooseAreas(document);
showPlaceInLoop(document);
searchByMap(document);
openFromMap(document);
keepTyped(document);

// The sheet of keys opens by its button, which the key ? presses.
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-opens=keys]")) openKeySheet(document);
});

// What comes in place of the whole work begins at its top, where it says what was done.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target instanceof HTMLElement && event.target.id === "main") event.target.scrollTop = 0;
});

// A sheet that is made for paper has a button that prints it.
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-prints]")) print();
});

// One of several things that are offered beside a form is taken into a field of the form.
document.addEventListener("change", (event) => {
  const chosen = event.target instanceof HTMLInputElement ? event.target : null;
  const name = chosen?.dataset["fills"];
  const field = name ? chosen?.form?.elements.namedItem(name) : null;
  if (chosen && field instanceof HTMLInputElement) field.value = chosen.value;
});

// A menu that was opened closes by a click elsewhere.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll<HTMLDetailsElement>(
    "details.menu[open], details.me[open], details.why[open]",
  )) {
    if (!(event.target instanceof Node) || !open.contains(event.target)) open.open = false;
  }
});

// A form that came is brought into sight, and its first field is ready to be typed into; one with a mistake shows that first.
document.addEventListener("htmx:afterSwap", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const form = target?.querySelector<HTMLElement>("form.act");
  if (!form) return;
  form.scrollIntoView({ block: "nearest" });
  const wrong = form.querySelector<HTMLElement>("[aria-invalid]");
  (wrong ?? form.querySelector<HTMLElement>("select, textarea, input:not([type=hidden])"))?.focus();
});

// What did not come through is told; what was typed stays.
document.addEventListener("htmx:responseError", (event) => say(event));
document.addEventListener("htmx:sendError", (event) => say(event));

function say(event: Event): void {
  const said = document.getElementById("said");
  if (!said) return;
  const { xhr } = (event as CustomEvent<{ xhr?: XMLHttpRequest }>).detail;
  const english = document.documentElement.lang.startsWith("en");
  const busy = xhr?.status === 429;
  const words = english
    ? busy
      ? "Too busy at this moment. Try again; what you typed is kept."
      : "The server does not answer. Try again; what you typed is kept."
    : busy
      ? "此刻请求过多，请稍后重试；已填写的内容仍在。"
      : "服务器没有应答，请重试；已填写的内容仍在。";
  said.textContent = words;
  said.classList.add("shown");
  setTimeout(() => said.classList.remove("shown"), 6000);
}
