// Questions to the server, and what is live.

/** The answer as JSON; throws an Error with the server's words. */
export async function ask(path, parameters = {}, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  const text = query.toString();
  const response = await fetch(`/api/${path}${text ? `?${text}` : ""}`, options);
  const answer = await response.json().catch(() => ({ error: `status ${response.status}` }));
  if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}

export function post(path, body, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  return ask(path, {}, { method: "POST", headers, body: JSON.stringify(body) });
}

const listeners = { changed: new Set(), flow: new Set() };

/** Calls back whenever something is told; returns how to stop it. */
export function on(name, callback) {
  listeners[name].add(callback);
  return () => listeners[name].delete(callback);
}

/** Opens the stream; the browser opens it again where it breaks. */
export function live(tell) {
  const stream = new EventSource("/api/live");
  let last = null;
  stream.addEventListener("open", () => tell("on"));
  stream.addEventListener("error", () => tell("off"));
  stream.addEventListener("changed", (event) => {
    const isFirst = last === null;
    const isNew = event.data !== last;
    last = event.data;
    if (!isFirst && isNew) listeners.changed.forEach((call) => call());
  });
  stream.addEventListener("flow", (event) => {
    const sample = JSON.parse(event.data);
    listeners.flow.forEach((call) => call(sample));
  });
}
