/**
 * A form that is sent while files of it are still on their way waits for them, and is sent by itself when the last has come. Whoever
 * does not want to wait presses once more.
 */
export class FormHold {
  readonly #running = new Set<HTMLElement>();
  #held: { readonly by: HTMLElement | null } | null = null;

  constructor(private readonly form: HTMLFormElement) {
    // Before all who send it: at the form itself those come first who listen while the event goes down.
    form.addEventListener("submit", this.#submitted, { capture: true });
  }

  /** A file is on its way, shown by `line`. */
  begin(line: HTMLElement): void {
    this.#running.add(line);
  }

  /** It is no more, whatever became of it. */
  end(line: HTMLElement): void {
    if (!this.#running.delete(line) || this.#running.size > 0 || !this.#held) return;
    const { by } = this.#held;
    this.#held = null;
    if (this.form.isConnected) this.form.requestSubmit(by?.isConnected ? by : null);
  }

  #submitted = (event: SubmitEvent): void => {
    const [first] = this.#running;
    if (!first || this.#held) {
      this.#running.clear();
      this.#held = null;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#held = { by: event.submitter };
    first.scrollIntoView({ block: "center" });
  };
}

const holds = new WeakMap<HTMLFormElement, FormHold>();

/** The one hold of a form: all who send files of it share it. */
export function holdOf(form: HTMLFormElement): FormHold {
  let hold = holds.get(form);
  if (!hold) {
    hold = new FormHold(form);
    holds.set(form, hold);
  }
  return hold;
}
