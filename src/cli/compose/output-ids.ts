import type { Settings } from '../../config/table';
import type { Clock } from '../../ports/clock';
import type { Observer } from '../../ports/observer';
import { type OutputSubject, outputSubjects } from '../../serde/subjects';
import type { Platform } from '../platform/platform';
import { StoppedEarly } from '../process/process';

/** Schema ids that updates and dead letters are written with. undefined without a schema registry: then they are this program's own. */
export type OutputIds = Readonly<Partial<Record<OutputSubject['output'], number>>>;

/**
 * Asks the schema registry for the ids of the output schemas. If they are not registered or the registry is away, logs that and tries
 * again: records with ids of another schema could never be corrected.
 */
export async function awaitOutputIds(
  platform: Platform,
  settings: Settings,
  { observer, clock, signal }: { readonly observer: Observer; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OutputIds> {
  const { subjects } = platform;
  if (subjects === null) return {};
  const wanted = outputSubjects(settings.CLV_SUBJECT_STRATEGY, platform.topics);
  for (let waitMs = 500; !signal.aborted; waitMs = Math.min(2 * waitMs, 10_000)) {
    try {
      const ids = await Promise.all(
        wanted.map(({ subject, contract }) => subjects.registeredId(subject, contract.text)),
      );
      const missing = wanted.filter((_, i) => ids[i] === null).map(({ subject }) => subject);
      if (missing.length === 0) return Object.fromEntries(wanted.map(({ output }, i) => [output, ids[i]]));
      const next = 'run clv-stream setup --register';
      observer.notice(
        'warn',
        `the schema registry has no schema of this release under ${missing.join(', ')}: ${next}`,
        { waitMs },
      );
    } catch (error) {
      observer.notice('warn', 'the schema registry is not reachable; trying again', { error: String(error), waitMs });
    }
    await clock.sleep(waitMs, signal);
  }
  throw new StoppedEarly('stopped while waiting for the schema registry');
}
