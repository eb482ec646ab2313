/** Looks for a proof of work beside the page, so that typing and scrolling stay quick. */
import { type Sum, solve } from "./small-sum";

addEventListener("message", (event: MessageEvent<Sum>) => {
  const { challenge, salt, most } = event.data;
  postMessage(solve(challenge, salt, most));
});
