/** Something that reads bytes which nobody vouches for. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs to start from; the same each time, so that an input can be made again from its number. */
  readonly corpus: readonly Uint8Array[];
  /** Most bytes of memory that an input may take beside itself. */
  readonly memoryBound: (inputBytes: number) => number;
  /** Reads the input. Errors that are declared are taken here; whatever is thrown is a finding. */
  run(input: Uint8Array): void | Promise<void>;
  /** Makes a mutated input pass the outermost check, such as a digest; half of the inputs go this way. */
  repair?(input: Uint8Array): Uint8Array;
  close?(): Promise<void>;
}

export type OpenTarget = () => FuzzTarget | Promise<FuzzTarget>;

/** Takes errors of these codes; throws the others. */
export function declared(codes: readonly string[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!codes.includes((error as { code?: string }).code ?? '')) throw error;
  }
}

const MEBIBYTE = 1024 * 1024;

/** A constant for what a runtime takes anyway, and so many bytes for each byte that was read. */
export const memoryOf =
  (constantMiB: number, perByte: number) =>
  (inputBytes: number): number =>
    constantMiB * MEBIBYTE + perByte * inputBytes;
