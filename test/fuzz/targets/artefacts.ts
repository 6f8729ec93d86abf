import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../../src/adapters/system/digest';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import { decodeArtefact } from '../../../src/serde/model-artefact';
import { anEvent } from '../../support/events';
import { withDigest } from '../repair';
import { type FuzzTarget, memoryOf } from '../target';

const PREFIX_BYTES = 12;
const ARTEFACT_MEMORY = memoryOf(96, 100);
const shipped = (): Uint8Array => readFileSync(join(__dirname, '..', '..', '..', 'models', 'first-weights.clvm'));

/** Refused with a reason, or good for scoring: every number that it makes is finite. */
function open(artefact: Uint8Array): void {
  const opened = decodeArtefact(artefact, sha256);
  if (!opened.ok) return;
  const scorer = new Scorer(opened.model, 100);
  const { hidden } = emptyState(opened.model.weights.shape.units);
  const state = { ...emptyState(opened.model.weights.shape.units), hidden };
  for (let i = 0; i < 4; i++) {
    const event = anEvent({ eventId: `e${i}`, kind: i === 2 ? 'click' : 'order', timeS: 1_700_000_000 + 86_400 * i });
    const rescored = scorer.fold(state, event, { topic: i === 2 ? 1 : 0, partition: 0, offset: i });
    if (rescored !== null && !Number.isFinite(rescored.value)) {
      throw new Error(`an accepted model makes the value ${rescored.value}: ${JSON.stringify(opened.model.settings)}`);
    }
  }
}

/** Any byte of an artefact, with its digest repaired in half of the inputs. */
export function artefactTarget(): FuzzTarget {
  return { name: 'artefact', corpus: [shipped()], memoryBound: ARTEFACT_MEMORY, repair: withDigest, run: open };
}

/** Input: the header's JSON. The tensors stay, length and digest are right: only the header's own checks are left. */
export function artefactHeaderTarget(): FuzzTarget {
  const artefact = shipped();
  const headerBytes = new DataView(artefact.buffer, artefact.byteOffset).getUint32(8, true);
  const header = artefact.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes);
  const tensors = artefact.subarray(PREFIX_BYTES + headerBytes);
  return {
    name: 'artefact-header',
    corpus: headersOf(new TextDecoder().decode(header)),
    memoryBound: ARTEFACT_MEMORY,
    run(input) {
      const padded = Math.ceil(input.length / 4) * 4;
      const bytes = new Uint8Array(PREFIX_BYTES + padded + tensors.length).fill(0x20);
      bytes.set(artefact.subarray(0, PREFIX_BYTES));
      new DataView(bytes.buffer).setUint32(8, padded, true);
      bytes.set(input, PREFIX_BYTES);
      bytes.set(tensors, PREFIX_BYTES + padded);
      open(withDigest(bytes));
    },
  };
}

/** Settings that say something else, one at a time: random bytes seldom make another number that JSON takes. */
function headersOf(text: string): Uint8Array[] {
  const encode = (header: unknown) => new TextEncoder().encode(JSON.stringify(header));
  const header = JSON.parse(text) as { settings: Record<string, unknown> };
  const numbers = [-1, 0, 1e308, -3, 1e-320, 0.5, 17];
  const others = Object.keys(header.settings).flatMap((name) =>
    numbers.map((value) => encode({ ...header, settings: { ...header.settings, [name]: value } })),
  );
  const cuts = [
    [3, 2, 1],
    [0, 0, 0],
    [-1e308, 0, 1e308],
  ].map((tierCuts) => encode({ ...header, settings: { ...header.settings, tierCuts } }));
  const values = [
    { meanMinor: 0, weight: 0 },
    { meanMinor: -1, weight: 1 },
    { meanMinor: 1e300, weight: -1 },
  ].map((orderValue) => encode({ ...header, settings: { ...header.settings, orderValue } }));
  return [encode(header), ...others, ...cuts, ...values];
}
