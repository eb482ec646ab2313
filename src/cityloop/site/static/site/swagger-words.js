/**
 * Swagger UI speaks English alone. After whatever it draws, its own words are replaced through the table of the page;
 * what the API says (descriptions, examples, answers) is not touched.
 */
const words = JSON.parse(document.getElementById("swagger-words").textContent);
const ATTRIBUTES = ["placeholder", "title", "aria-label", "value"];
const TOLD_BY_THE_API = "pre, code, textarea, .markdown, .renderedMarkdown";
const TOLD_IN_BETWEEN = ".parameter__default i, .parameter__enum i";

function translated(text) {
  const word = text.trim();
  return Object.hasOwn(words, word) ? text.replace(word, words[word]) : text;
}

function sayText(node) {
  const around = node.parentElement;
  if (around?.closest(TOLD_BY_THE_API) && !around.matches(TOLD_IN_BETWEEN)) return;
  const text = translated(node.data);
  if (text !== node.data) node.data = text;
}

function sayAttributes(element) {
  for (const name of ATTRIBUTES) {
    // The value of a field is what somebody typed; that of a button is what it says.
    if (name === "value" && !element.matches("input[type=submit], input[type=button]")) continue;
    const text = element.getAttribute(name);
    if (text !== null && translated(text) !== text) element.setAttribute(name, translated(text));
  }
}

function say(node) {
  if (node.nodeType === Node.TEXT_NODE) sayText(node);
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let part = walker.currentNode; part; part = walker.nextNode()) {
    if (part.nodeType === Node.TEXT_NODE) sayText(part);
    else sayAttributes(part);
  }
}

const place = document.getElementById("swagger-ui");
new MutationObserver((changes) => {
  for (const change of changes) {
    if (change.type === "childList") for (const node of change.addedNodes) say(node);
    else if (change.type === "characterData") sayText(change.target);
    else sayAttributes(change.target);
  }
}).observe(place, {
  childList: true,
  characterData: true,
  subtree: true,
  attributes: true,
  attributeFilter: ATTRIBUTES,
});
say(place);
