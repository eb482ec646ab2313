/** Sends JSON to the server in the name of whoever looks at the page; throws what it says where it refuses. */
export async function send(
  host: HTMLElement,
  method: "POST" | "DELETE",
  address: string,
  body?: object,
): Promise<unknown> {
  const csrf = host.closest("map-desk")?.getAttribute("csrf") ?? "";
  const answer = await fetch(address, {
    method,
    headers: { "X-CSRFToken": csrf, "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (answer.status === 204) return null;
  const told: unknown = await answer.json();
  if (answer.ok) return told;
  const why = typeof told === "object" && told !== null && "detail" in told ? String(told.detail) : "";
  throw new Error(why || String(answer.status));
}
