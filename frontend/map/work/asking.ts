/** Asks the server; where it refuses, its own words are the error's. */

export class Refusal extends Error {}

/** The answer of an address; throws a `Refusal` with words for people, "" where nothing answered. */
export async function asked(address: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  const token = document.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const how: RequestInit =
    body === undefined
      ? {}
      : {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        };
  let answer: Response;
  try {
    answer = await fetch(address, { ...how, redirect: "error", ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refusal("");
  }
  const told: unknown = await answer.json().catch(() => null);
  if (answer.ok) return told;
  const words = (told as { detail?: unknown } | null)?.detail;
  throw new Refusal(typeof words === "string" ? words : "");
}
