/** The box in which things are looked for by their names: places, parts, cases, people. */
import { drawing } from "../pictures";
import { type Bounds, boundsOf, type Point, pointOf } from "../places";
import { ICONS } from "./icons";
import { iconButton, made } from "./making";
import type { Desk } from "./tools";
import { filled, WORDS } from "./words";

const SHORTEST = 2;
const WAIT_MS = 200;

/** Something that was found: what it is called, what it is, of which group, and where it lies, if that is known. */
export interface Item {
  readonly title: string;
  readonly kind: string;
  readonly group: string;
  readonly box: Bounds | null;
  readonly at: Point | null;
}

/** What of the server's answer can be shown, in its order. */
export function itemsOf(body: unknown): Item[] {
  const items = typeof body === "object" && body !== null && "items" in body ? body.items : null;
  if (!Array.isArray(items)) return [];
  return items.flatMap((one: unknown) => {
    if (typeof one !== "object" || one === null) return [];
    const { title, kind, group, box, at } = one as Record<string, unknown>;
    if (typeof title !== "string" || typeof kind !== "string") return [];
    return [
      {
        title,
        kind,
        group: typeof group === "string" ? group : "",
        box: Array.isArray(box) ? boundsOf(box.join(",")) : null,
        at: Array.isArray(at) ? pointOf(at.join(",")) : null,
      },
    ];
  });
}

/** The number of the item that an arrow key leads to: round and round, -1 for none. */
export function step(now: number, key: string, count: number): number {
  if (count === 0) return -1;
  if (key === "ArrowDown") return (now + 1) % count;
  if (key === "ArrowUp") return (now <= 0 ? count : now) - 1;
  return key === "Home" ? 0 : key === "End" ? count - 1 : now;
}

export function offerFind(desk: Desk, box: HTMLElement): void {
  const words = WORDS[desk.language];
  const field = made("input", "form-control");
  field.type = "text";
  field.placeholder = words.find;
  const list = made("div", "md-found");
  list.id = "md-found";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.find);
  list.hidden = true;
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-label": words.find,
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    autocomplete: "off",
    enterkeyhint: "search",
  }))
    field.setAttribute(name, value);
  const clear = iconButton(words.clear, ICONS.close, () => {
    field.value = "";
    field.focus();
    show(null);
  });
  clear.hidden = true;
  let items: readonly Item[] = [];
  let active = -1;
  let asked = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const point = (to: number): void => {
    active = to;
    for (const [number, line] of list.querySelectorAll("[role=option]").entries()) {
      line.setAttribute("aria-selected", String(number === to));
      if (number === to) line.scrollIntoView({ block: "nearest" });
    }
    if (to < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `md-found-${to}`);
  };
  const show = (found: readonly Item[] | null): void => {
    items = found ?? [];
    list.hidden = found === null;
    clear.hidden = field.value === "";
    field.setAttribute("aria-expanded", String(found !== null));
    list.replaceChildren(...(found === null ? [] : lines(found, choose)));
    if (found?.length === 0) list.append(made("p", "md-quiet", words.nothing));
    point(found?.length ? 0 : -1);
  };
  const choose = (item: Item): void => {
    show(null);
    field.value = item.title;
    clear.hidden = false;
    goTo(desk, item);
  };
  const ask = async (): Promise<void> => {
    const mine = ++asked;
    const text = field.value.trim();
    const found = text.length < SHORTEST ? null : await findByName(text);
    if (mine === asked) show(found);
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), WAIT_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (["ArrowDown", "ArrowUp"].includes(event.key) && !list.hidden) {
      event.preventDefault();
      point(step(active, event.key, items.length));
    }
    if (event.key === "Escape") show(null);
    const chosen = items[active];
    if (event.key === "Enter" && !event.isComposing) {
      if (chosen && !list.hidden) choose(chosen);
      else void ask();
    }
  });
  field.addEventListener("blur", () => setTimeout(() => show(null), 150)); // A click on a line comes first.
  field.addEventListener("focus", () => {
    if (field.value.trim().length >= SHORTEST) void ask();
  });
  box.append(drawing(ICONS.search, 16), field, clear, list);
}

/** The lines of a list, those of a group under its heading. */
function lines(items: readonly Item[], choose: (item: Item) => void): HTMLElement[] {
  const groups = new Map<string, HTMLElement>();
  for (const [number, item] of items.entries()) {
    let group = groups.get(item.group);
    if (!group) {
      const head = made("div", "md-found-head", item.group);
      head.id = `md-found-group-${groups.size}`;
      group = made("div", "md-found-group", head);
      group.setAttribute("role", "group");
      group.setAttribute("aria-labelledby", head.id);
      groups.set(item.group, group);
    }
    const line = made("div", "md-found-line", made("strong", "", item.title), made("span", "", item.kind));
    line.id = `md-found-${number}`;
    line.setAttribute("role", "option");
    line.addEventListener("mousedown", (event) => event.preventDefault()); // The field keeps the focus.
    line.addEventListener("click", () => choose(item));
    group.append(line);
  }
  return [...groups.values()];
}

/** Shows where a thing lies, and tells what is there. */
function goTo(desk: Desk, item: Item): void {
  const words = WORDS[desk.language];
  if (!item.box) {
    desk.say(filled(words.noPlace, { name: item.title }));
    return;
  }
  const { map } = desk;
  map.fitBounds([...item.box], { padding: 80, maxZoom: 17.8 });
  const at = item.at;
  if (!at) return;
  desk.state.set("here", `${at[0].toFixed(6)},${at[1].toFixed(6)}`);
  // What is drawn there is known once the map stands still.
  map.once("idle", () => desk.open("here"));
}

async function findByName(text: string): Promise<Item[]> {
  try {
    const answer = await fetch(`/map/find?q=${encodeURIComponent(text)}`);
    return answer.ok ? itemsOf(await answer.json()) : [];
  } catch {
    return [];
  }
}
