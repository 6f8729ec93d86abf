import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { TimeRefusals } from '../../serde/time-refusals';
import { TimeDecisions } from '../../services/time/time-decisions';
import type { Deployment } from './deployment';

/** The scorers' decisions about records from the future. `patienceS`: see TimeDecisionSettings. */
export function timeDecisions(
  {
    platform,
    settings,
    schemas,
    observer,
    clock,
  }: Pick<Deployment, 'platform' | 'settings' | 'schemas' | 'observer' | 'clock'>,
  patienceS: number,
): TimeDecisions {
  const { inputs: topics, deadLetters } = platform.topics;
  const refusals = new TimeRefusals(new DeadLetterCodec(schemas), topics);
  const maxFutureMs = settings.CLV_MAX_FUTURE_SECONDS * 1000;
  return new TimeDecisions(
    { reader: platform.reader(), clock, observer, refusals, emitted: (partition) => platform.emitted(partition) },
    { topics, deadLetters, maxFutureMs, patienceS },
  );
}
