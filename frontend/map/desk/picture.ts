/** The map as a picture to keep or to send: with title, day, whose data it is, scale bar and north arrow. */
import { choice, labelled, made } from "./making";
import { drawBar, drawNorth, metresOf, type Pen, pictureOf, sourcesTold } from "./plate";
import type { Close, Desk } from "./tools";
import { WORDS } from "./words";

const HEAD = 56;
const FOOT = 52;
const EDGE = 16;

/** What a picture says beside the map. */
interface Told {
  readonly title: string;
  readonly under: string;
  readonly foot: string;
  readonly north: string;
}

export function open(desk: Desk): Close {
  const words = WORDS[desk.language];
  const desks = desk.host.closest("map-desk");
  const title = made("input", "form-control");
  title.maxLength = 60;
  title.value = desks?.getAttribute("city") ?? "";
  const sharp = choice(
    [
      ["1", words.asOnScreen],
      ["2", words.twice],
    ],
    "2",
  );
  const make = made("button", "btn btn-primary", words.download);
  const form = made(
    "form",
    "md-form",
    made("p", "md-quiet", words.pictureHelp),
    labelled(words.title, title),
    labelled(words.sharpness, sharp),
    make,
  );
  desk.body.append(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    make.disabled = true;
    desk.say(words.drawing);
    try {
      const told = {
        title: title.value.trim(),
        under: [desks?.getAttribute("city") ?? "", dayTold(desk)]
          .filter((one) => one && one !== title.value.trim())
          .join(" · "),
        foot: [sourcesTold(desk.map), "CityLoop 城环"].filter(Boolean).join(" · "),
        north: words.north,
      };
      const picture = await composed(desk, Number(sharp.value), told);
      await keep(picture, `${fileName(told.title || words.mapFile)}.png`);
      desk.say(words.downloaded);
    } catch (error) {
      console.error(error);
      desk.say(words.noPicture);
    } finally {
      make.disabled = false;
    }
  });
  return () => {
    desk.say("");
    desk.body.replaceChildren();
  };
}

/** The day that the map shows, in words of the reader. */
export function dayTold(desk: Pick<Desk, "day" | "language">): string {
  const day = desk.day ? new Date(`${desk.day}T00:00:00`) : new Date();
  return new Intl.DateTimeFormat(desk.language === "zh" ? "zh-CN" : "en-GB", { dateStyle: "long" }).format(day);
}

/** A name that every system takes for a file. */
export function fileName(title: string): string {
  return (
    title
      .replace(/[\p{Cc}\s\\/:*?"<>|]+/gu, " ")
      .trim()
      .slice(0, 60) || "map"
  );
}

async function composed(desk: Desk, ratio: number, told: Told): Promise<HTMLCanvasElement> {
  const { map } = desk;
  const before = map.getPixelRatio();
  map.setPixelRatio(ratio);
  let drawn: HTMLCanvasElement;
  try {
    if (before !== ratio) await new Promise<void>((done) => map.once("idle", () => done()));
    drawn = await pictureOf(map);
  } finally {
    map.setPixelRatio(before);
  }
  const [width, height] = [drawn.width / ratio, drawn.height / ratio];
  const sheet = document.createElement("canvas");
  sheet.width = Math.round(width * ratio);
  sheet.height = Math.round((height + HEAD + FOOT) * ratio);
  const context = sheet.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.scale(ratio, ratio);
  const styles = getComputedStyle(desk.host);
  const family = getComputedStyle(document.body).fontFamily;
  const [ink, ground, quiet] = ["disc_ink", "disc", "label"].map((name) => desk.style.colours[name] ?? styles.color);
  const pen: Pen = { context, ink: ink ?? "", ground: ground ?? "", font: `12px ${family}` };
  context.fillStyle = pen.ground;
  context.fillRect(0, 0, width, height + HEAD + FOOT);
  context.drawImage(drawn, 0, HEAD, width, height);
  context.fillStyle = pen.ink;
  context.textBaseline = "middle";
  context.font = `600 20px ${family}`;
  context.fillText(told.title, EDGE, HEAD / 2, width - 2 * EDGE - 220);
  context.textAlign = "end";
  context.font = pen.font;
  context.fillStyle = quiet ?? "";
  context.fillText(told.under, width - EDGE, HEAD / 2, 260);
  const foot = height + HEAD + FOOT;
  const bar = drawBar(pen, EDGE + 4, foot - 14, metresOf(map), 160);
  drawNorth(pen, EDGE + bar + 60, foot - 12, 22, told.north);
  context.textAlign = "end";
  context.textBaseline = "middle";
  context.fillStyle = quiet ?? "";
  context.fillText(told.foot, width - EDGE, foot - FOOT / 2, Math.max(width - bar - 140, 80));
  return sheet;
}

async function keep(canvas: HTMLCanvasElement, name: string): Promise<void> {
  const bytes = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!bytes) throw new Error("the picture is too large");
  const link = made("a");
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
