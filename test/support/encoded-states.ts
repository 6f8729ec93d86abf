import { encodeState } from '../../src/serde/state-blob';
import type { Deployment } from './deployment';

/** Every customer's state as hex, without the mark of a refold, which is no part of the fold. */
export async function encodedStates(deployment: Pick<Deployment, 'states'>): Promise<Map<string, string>> {
  const states = await deployment.states();
  return new Map(
    [...states].sort().map(([id, state]) => {
      if (state.published !== null) state.published.refolded = false;
      return [id, Buffer.from(encodeState(state)).toString('hex')];
    }),
  );
}
