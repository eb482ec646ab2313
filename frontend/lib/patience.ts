import { type Grant, Refused, Resumable } from "./resumable";

const WAITS_MS = [1000, 3000, 8000, 15_000, 30_000];
const UNREACHED_MOST = 2;
const AT_ONCE = 3;
const OF_THE_FILE = new Set([413, 415, 422]);
const WITH_THE_FORM = new Set([401, 403, 409]);

/** One file that is to be sent. */
export interface Errand {
  readonly file: Blob;
  /** Ends it: nobody wants the file any more. */
  readonly signal: AbortSignal;
  /** Asks the page's own server for a grant to send it in pieces. */
  grant(): Promise<Grant>;
  /** Sends it whole to the page's own server, which gives a receipt too; where there is no such way it goes with the form. */
  whole?(): Promise<string>;
  /** Says how it stands: it is being sent, which share has come, or it waits for the network. */
  tell(how: "sending" | "again", share?: number): void;
}

/** What became of a file: it came, it is to go with its form, it was refused, or nobody wanted it any more. */
export type Became = { receipt: string } | "with-form" | { fault: string } | "dropped";

/**
 * Sends a file until it has come: what broke off goes on from there by itself, after a while that grows. Where the process that
 * takes uploads cannot be reached, or knows nothing of us, another way is taken.
 */
export async function sendPatiently(errand: Errand): Promise<Became> {
  let upload: Resumable | null = null;
  let unreached = 0;
  let isAnew = false;
  for (let turn = 0; !errand.signal.aborted; turn += 1) {
    const isWhole = unreached >= UNREACHED_MOST;
    if (isWhole && !errand.whole) return "with-form";
    errand.tell("sending");
    try {
      if (isWhole && errand.whole) return { receipt: await errand.whole() };
      upload ??= new Resumable(await errand.grant(), errand.file);
      const one = upload;
      return { receipt: await inTurn(() => one.go((share) => errand.tell("sending", share), errand.signal)) };
    } catch (error) {
      if (error instanceof Refused) {
        if (upload === null || isWhole) {
          return WITH_THE_FORM.has(error.status) ? "with-form" : { fault: error.message };
        }
        if ((error.status === 401 || error.status === 410) && !isAnew) {
          isAnew = true; // the grant is over: once, another is asked for
          upload = null;
        } else if (OF_THE_FILE.has(error.status)) {
          return { fault: error.message };
        } else {
          unreached = UNREACHED_MOST; // who answers there does not know us
        }
        continue;
      }
      if (upload !== null && !upload.hasBegun && navigator.onLine && ++unreached === UNREACHED_MOST) continue;
    }
    if (errand.signal.aborted) break;
    errand.tell("again");
    await new Promise((done) => setTimeout(done, WAITS_MS[Math.min(turn, WAITS_MS.length - 1)]));
  }
  return "dropped";
}

let free = AT_ONCE;
const waiting: (() => void)[] = [];

/** A few at once: a browser opens six lines to one host, and a file that waits for one would take it for silence. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (free > 0) free -= 1;
  else await new Promise<void>((next) => waiting.push(next));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }
}

/** Asks the page's own server; throws `Refused` where that says no, anything else where no answer came. */
export async function askPage(form: HTMLFormElement | null, to: string, body: FormData): Promise<unknown> {
  const token = form?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const answer = await fetch(to, { method: "POST", body, headers: { "X-CSRFToken": token } });
  if (answer.redirected) throw new Refused(401, ""); // to the door: the session has ended
  if (answer.ok) return answer.json();
  if (answer.status >= 500) throw new Error(`not now: ${answer.status}`);
  const { detail = "" } = (await answer.json().catch(() => ({}))) as { detail?: string };
  throw new Refused(answer.status, detail);
}

/** Asks the page's own server for a grant to send a file in pieces. */
export async function askGrant(
  form: HTMLFormElement | null,
  to: string,
  facts: Record<string, string>,
): Promise<Grant> {
  const body = new FormData();
  for (const [name, value] of Object.entries(facts)) body.append(name, value);
  return (await askPage(form, to, body)) as Grant;
}

export function hidden(name: string, value: string): HTMLInputElement {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = value;
  return field;
}
