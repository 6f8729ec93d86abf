import { LEAST_JUDGES, type LossGain } from '../../domain/metrics/loss-gain';

/** What to do with a history that gave no recommended model. */
export const IF_NOT_RECOMMENDED =
  'train on a longer history or on more customers; until then use the shipped first weights, which adapt to the shop on the stream';

/** The gain over one rate for all with its interval and the number of customers, in one phrase. */
export function gainText({ gain, low, high, customers }: LossGain): string {
  return `${signed(gain)} nats per example, 95 % interval ${signed(low)} to ${signed(high)}, ${customers} held-out customers`;
}

/** Why the model is not recommended, with the figures. Null if it is recommended. */
export function objectionTo(gain: LossGain): string | null {
  if (gain.proven) return null;
  const figures = `(gain ${gainText(gain)})`;
  return gain.customers < LEAST_JUDGES
    ? `${gain.customers} held-out customers are too few to tell whether it is better than one rate for all, at least ${LEAST_JUDGES} are needed ${figures}`
    : `on held-out customers it is not better than one rate for all beyond chance ${figures}`;
}

function signed(nats: number): string {
  return `${nats < 0 ? '−' : '+'}${Math.abs(nats).toFixed(4)}`;
}
