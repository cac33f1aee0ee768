// The line to the playground's server: a feed of what changes, and a place to send what a person does.

const token = takeToken();

/** The token of the opened address, which then disappears from the address bar. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("token") || "";
}

function ask(path, options = {}) {
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  return fetch(path, { ...options, headers });
}

/**
 * Keep `state` (a Map of names to values) equal to what this person's page shows, and call `changed` after each change.
 * Goes on until `signal` is aborted; `lost` is called with a sentence when the server cannot be reached.
 */
export async function follow(who, state, changed, lost, signal) {
  if (!token) return lost("Open the address that was printed when the playground started: it holds a token.");
  while (!signal.aborted) {
    try {
      const response = await ask(`/feed?as=${encodeURIComponent(who)}`, { signal });
      if (!response.ok) return lost((await response.json()).refused);
      for await (const line of lines(response.body)) {
        take(JSON.parse(line), state);
        changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TypeError)) throw error;
    }
    if (!signal.aborted) lost("The playground does not answer. Is it still running?");
    await new Promise((resume) => setTimeout(resume, 1000));
  }
}

function take(line, state) {
  if (line.all) state.clear();
  for (const [name, value] of Object.entries(line.all || line.changed)) state.set(name, value);
  for (const name of line.gone) state.delete(name);
}

async function* lines(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts;
  }
}

/** Send one step. Gives `{refused}` with a sentence when it is not possible. */
export async function send(step) {
  try {
    const response = await ask("/step", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(step),
    });
    return await response.json();
  } catch {
    return { refused: "The playground does not answer. Is it still running?" };
  }
}

export async function reset() {
  await ask("/reset", { method: "POST" });
}

/** The conversation so far, as the text of a test file. */
export async function saved() {
  return (await ask("/saved")).text();
}
