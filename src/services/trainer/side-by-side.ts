/**
 * Runs tasks side by side until the signal aborts or one of them fails. Then the others are told to stop too. Resolves when all have
 * ended; rejects with the first failure. `begin`: prepares and starts the tasks, with the signal that they must heed.
 */
export async function sideBySide(
  signal: AbortSignal,
  begin: (leave: AbortSignal) => Promise<readonly Promise<unknown>[]>,
): Promise<void> {
  const leave = new AbortController();
  const stop = () => leave.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const tasks = await begin(leave.signal);
    try {
      await Promise.all(tasks);
    } finally {
      stop();
      await Promise.allSettled(tasks);
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
