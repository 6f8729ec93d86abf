import type { SequenceState } from '../state/sequence-state';

/** Packs a state that is not needed for a while into fewer bytes, and unpacks it again. */
export interface StateShelf {
  pack(state: SequenceState): Uint8Array;
  unpack(bytes: Uint8Array): SequenceState;
}
