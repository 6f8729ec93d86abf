/** Communicates with the server: JSON answers, the stream of summaries, and the token if the server requires one. */

const TOKEN_KEY = 'clv-stream token';
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

/** Resolves with the JSON, or null for 404. Throws on anything else, with `unauthorized` set on a 401. */
export async function ask(path) {
  const response = await request(path);
  if (response.status === 404) return null;
  return response.json();
}

/** Follows /v1/stream for ever. Uses fetch, because EventSource can't send a token. Calls `onState` with 'live', 'away' or 'locked'. */
export async function followSummaries(onSummary, onState) {
  let retryMs = FIRST_RETRY_MS;
  for (;;) {
    try {
      const response = await request('/v1/stream');
      onState('live');
      retryMs = FIRST_RETRY_MS;
      await readEvents(response.body, onSummary);
      onState('away');
    } catch (error) {
      if (error.unauthorized) {
        onState('locked');
        return;
      }
      onState('away');
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }
}

export function rememberToken(token) {
  sessionStorage.setItem(TOKEN_KEY, token);
}

async function request(path) {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const response = await fetch(path, { headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  if (response.ok || response.status === 404) return response;
  throw Object.assign(new Error(`${path}: ${response.status}`), { unauthorized: response.status === 401 });
}

async function readEvents(body, onSummary) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (pending + value).split('\n\n');
    pending = events.pop();
    for (const event of events) {
      const data = event.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined) onSummary(JSON.parse(data.slice('data: '.length)));
    }
  }
}
