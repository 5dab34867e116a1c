// Asking the manager.

/** Something that did not work, in words for people. */
export class Failure extends Error {
  constructor(headline, causes = [], hint = null, status = 0) {
    super(headline);
    Object.assign(this, { headline, causes, hint, status });
  }
}

/** Nobody answered. */
export class Unreachable extends Failure {
  constructor() {
    super("The manager does not answer.", [], "It is asked again until it does.");
  }
}

/**
 * Sends a request and gives the events that answer it. `until` says after which event nothing more is wanted: a session that
 * was begun goes on without anybody who listens.
 */
export async function ask(request, { signal, until } = {}) {
  let response;
  try {
    response = await fetch("/v1/ask", {
      method: "POST",
      headers: { "content-type": "application/json", "syncmgr-version": "1" },
      body: JSON.stringify(request),
      cache: "no-store",
      signal,
    });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Unreachable();
  }
  if (!response.ok) throw await refusal(response);
  return read(response.body.getReader(), until);
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const error = body.error ?? {};
  const headline = error.message ?? `The manager answered with status ${response.status}.`;
  return new Failure(headline, error.causes, error.hint, response.status);
}

async function read(reader, until) {
  const decoder = new TextDecoder();
  const events = [];
  let rest = "";
  for (;;) {
    let piece;
    try {
      piece = await reader.read();
    } catch (error) {
      throw error.name === "AbortError" ? error : new Unreachable();
    }
    rest += decoder.decode(piece.value, { stream: !piece.done });
    const lines = rest.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.type === "end") {
        if (event.failure) throw new Failure(event.failure.headline, event.failure.causes, event.failure.hint);
        return events;
      }
      events.push(event);
      if (until?.(event)) {
        reader.cancel();
        return events;
      }
    }
    // Without its last line an answer is not complete.
    if (piece.done) throw new Unreachable();
  }
}

/** The page that a place shows. */
export async function page(request, signal) {
  const events = await ask({ request: "page", ...request }, { signal });
  const found = events.find((event) => event.type === "page");
  if (!found) throw new Failure("The manager has no page for this.", [], "`syncmgr doctor` looks for what is wrong.");
  return found;
}
