import type { Child, Ended } from '../process/child';
import { aborted } from '../process/process';
import type { Part } from './parts';

/** Longer than a scorer takes to drain and leave its group. */
const STOP_DEADLINE_MS = 30_000;

export interface SupervisePorts {
  readonly start: (part: Part) => Pick<Child, 'ended' | 'stop'>;
  /** Takes one sentence for the person at the terminal. */
  readonly say: (sentence: string) => void;
}

/** Runs one part to its end. Returns false if it failed. A signal stops it. */
export async function runFirst(part: Part, { start, say }: SupervisePorts, signal: AbortSignal): Promise<boolean> {
  const child = start(part);
  await Promise.race([child.ended, aborted(signal)]);
  const ended = await child.stop(STOP_DEADLINE_MS);
  if (ended.code === 0 || signal.aborted) return true;
  say(`${part.name} ${inWords(ended)}: its lines above say what to correct. Nothing else was started`);
  return false;
}

/**
 * Runs the parts side by side until the signal, or until one of them ends. Then stops all others. Returns true if the signal ended them and
 * each stopped in order. A deployment without one of its parts looks as if it worked, so one that ends is a failure, whatever its code.
 */
export async function runTogether(
  parts: readonly Part[],
  { start, say }: SupervisePorts,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return true;
  const running = parts.map((part) => ({ part, child: start(part) }));
  const endOf = async ({ part, child }: (typeof running)[number]) => ({ part, ended: await child.ended });
  const first = await Promise.race([aborted(signal), ...running.map(endOf)]);
  if (first) say(`${first.part.name} ${inWords(first.ended)}: its last lines say why. Stopping the others`);
  else say('stopping');
  const ends = await Promise.all(
    running.map(async ({ part, child }) => ({ part, ended: await child.stop(STOP_DEADLINE_MS) })),
  );
  const late = ends.filter(({ part, ended }) => part !== first?.part && !hasStopped(ended));
  for (const { part, ended } of late) say(`${part.name} ${inWords(ended)} while it was stopped`);
  say('all processes have ended');
  return !first && late.length === 0;
}

/** A command handles SIGTERM before it begins its work. One that SIGTERM killed had not begun. */
function hasStopped({ code, signal }: Ended): boolean {
  return code === 0 || signal === 'SIGTERM';
}

function inWords({ code, signal }: Ended): string {
  if (signal !== null) return `was killed by ${signal}`;
  return code === null ? 'could not be started' : `ended with exit code ${code}`;
}
