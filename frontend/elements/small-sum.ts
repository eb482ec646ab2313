import { solve } from "../lib/small-sum";

/**
 * `<small-sum>`: a proof of work inside a form (ALTCHA's protocol). Begins at once; a form that is sent before it is done
 * waits for it. With `data-sends` the form is sent by itself as soon as it is done.
 */
export class SmallSumElement extends HTMLElement {
  #worker: Worker | null = null;
  #waits = false;

  connectedCallback(): void {
    this.closest("form")?.addEventListener("submit", this.#hold);
    this.#waits = "sends" in this.dataset;
    const { challenge = "", salt = "", most = "0" } = this.dataset;
    const sum = { challenge, salt, most: Number(most) };
    try {
      this.#worker = new Worker(new URL("../lib/sum.worker.ts", import.meta.url), { type: "module" });
      this.#worker.addEventListener("message", (event: MessageEvent<number | null>) => this.#done(event.data));
      this.#worker.addEventListener("error", () => this.#alone(sum.challenge, sum.salt, sum.most));
      this.#worker.postMessage(sum);
    } catch {
      this.#alone(sum.challenge, sum.salt, sum.most);
    }
  }

  disconnectedCallback(): void {
    this.closest("form")?.removeEventListener("submit", this.#hold);
    this.#worker?.terminate();
  }

  get #field(): HTMLInputElement | null {
    return this.querySelector<HTMLInputElement>("input[name=altcha]");
  }

  /** An old browser without workers of this kind does it here, after it has drawn the page. */
  #alone(challenge: string, salt: string, most: number): void {
    this.#worker?.terminate();
    setTimeout(() => this.#done(solve(challenge, salt, most)), 50);
  }

  #done(number: number | null): void {
    const field = this.#field;
    const { algorithm, challenge, salt, signature } = this.dataset;
    if (number === null || !field) return;
    field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
    this.dataset["state"] = "done";
    this.#worker?.terminate();
    if (this.#waits) this.closest("form")?.requestSubmit();
  }

  #hold = (event: SubmitEvent): void => {
    if (this.#field?.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#waits = true;
    this.querySelector("[role=status]")?.scrollIntoView({ block: "center" });
  };
}
