import type { SequenceState } from '../state/sequence-state';

/** Puts a state that is not needed for a while into fewer bytes, and takes it out again. */
export interface StateShelf {
  pack(state: SequenceState): Uint8Array;
  unpack(bytes: Uint8Array): SequenceState;
}
