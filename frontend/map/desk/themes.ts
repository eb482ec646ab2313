/** Saved themes: how the map is shown, kept under a name for oneself or for all the staff of a city; each is a link too. */
import { spotOf } from "../places";
import { ICONS } from "./icons";
import { choice, iconButton, labelled, made, wordButton } from "./making";
import { send } from "./sending";
import type { Close, Desk } from "./tools";
import { WORDS } from "./words";

interface Saved {
  readonly id: number;
  readonly title: string;
  readonly city: string;
  readonly cityName: string;
  readonly address: string;
  readonly mayChange: boolean;
}

interface Kept {
  readonly items: readonly Saved[];
  /** The cities for whose staff the reader may save a theme. */
  readonly cities: readonly { readonly code: string; readonly name: string }[];
}

/** What the server keeps of the map as it is shown now. */
export function stateOf(desk: Pick<Desk, "state" | "shown" | "ground" | "day">, hash: string): object {
  const spot = spotOf(hash);
  return {
    layers: desk.state.get("layers") === null ? null : desk.shown.map((layer) => layer.name),
    ground: Object.fromEntries(desk.ground),
    day: desk.day,
    spot: spot ? [spot.zoom, spot.lat, spot.lon] : null,
    kept: desk.state.ofTools,
  };
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const name = made("input", "form-control");
  name.maxLength = 60;
  name.required = true;
  const whose = made("div");
  const save = made("button", "btn btn-primary", words.save);
  const form = made("form", "md-form", labelled(words.themeName, name), whose, save);
  const list = made("div", "md-themes");
  desk.body.append(made("p", "md-quiet", words.themeHelp), form, list);
  let isOpen = true;
  let share: HTMLSelectElement | null = null;

  const tell = async (act: () => Promise<unknown>, done = ""): Promise<void> => {
    try {
      await act();
      if (isOpen) desk.say(done);
    } catch (error) {
      if (isOpen) desk.say(error instanceof Error ? error.message : words.failedToSave);
    }
    await renew();
  };
  const renew = async (): Promise<void> => {
    try {
      const answer = await fetch("/map/themes");
      const kept = (await answer.json()) as Kept;
      if (isOpen && answer.ok) draw(kept);
    } catch {
      if (isOpen) desk.say(words.failedToSave);
    }
  };
  const draw = (kept: Kept): void => {
    if (!share && kept.cities.length) {
      share = choice(
        [["", words.forMe], ...kept.cities.map((one) => [one.code, `${words.forAll} · ${one.name}`] as const)],
        "",
      );
      whose.replaceChildren(labelled(words.forWhom, share));
    }
    const groups = new Map<string, Saved[]>();
    for (const one of kept.items) {
      const title = one.city ? one.cityName : words.mine;
      groups.set(title, [...(groups.get(title) ?? []), one]);
    }
    list.replaceChildren(
      ...[...groups].map(([title, some]) =>
        made(
          "section",
          "md-group",
          made("div", "md-group-head", made("h3", "", title)),
          made("ul", "md-layers", ...some.map((one) => line(one))),
        ),
      ),
    );
    if (kept.items.length === 0) list.append(made("p", "md-quiet", words.noTheme));
  };
  const line = (one: Saved): HTMLElement => {
    const link = made("a", "md-theme", one.title);
    link.href = one.address;
    const acts = made("span", "md-acts");
    if (one.mayChange) {
      acts.append(
        iconButton(words.renew, ICONS.renew, () =>
          tell(
            () => send(desk.host, "POST", `/map/themes/${one.id}`, { state: stateOf(desk, location.hash) }),
            words.saved,
          ),
        ),
        iconButton(words.rename, ICONS.pencil, () => rename(item, one)),
        iconButton(words.remove, ICONS.trash, () => sure(item, one)),
      );
    }
    const item = made("li", "md-line", link, acts);
    return item;
  };
  const rename = (item: HTMLElement, one: Saved): void => {
    const field = made("input", "form-control");
    field.value = one.title;
    field.maxLength = 60;
    field.setAttribute("aria-label", words.themeName);
    const again = made("form", "md-row", field, made("button", "btn", words.save));
    again.addEventListener("submit", (event) => {
      event.preventDefault();
      void tell(() => send(desk.host, "POST", `/map/themes/${one.id}`, { title: field.value }), words.saved);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") void renew();
    });
    item.replaceChildren(again);
    field.select();
  };
  const sure = (item: HTMLElement, one: Saved): void => {
    const yes = wordButton(
      words.remove,
      () => tell(() => send(desk.host, "DELETE", `/map/themes/${one.id}`)),
      "btn btn-danger",
    );
    item.replaceChildren(
      made("span", "", `${words.removeSure} “${one.title}”?`),
      made(
        "span",
        "md-row",
        yes,
        wordButton(words.keep, () => void renew()),
      ),
    );
    yes.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { title: name.value, state: stateOf(desk, location.hash), city: share?.value ?? "" };
    void tell(async () => {
      await send(desk.host, "POST", "/map/themes", body);
      name.value = "";
    }, words.saved);
  });
  void renew();
  return () => {
    isOpen = false;
    desk.say("");
    desk.body.replaceChildren();
  };
}
