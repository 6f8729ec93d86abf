declare module '@bokuweb/zstd-wasm' {
  export function init(): Promise<void>;
  export function compress(plain: Uint8Array, level?: number): Uint8Array;
  /** `defaultHeapSize`: room for a frame that does not state its content size. Throws if the frame is damaged. */
  export function decompress(packed: Uint8Array, options: { defaultHeapSize: number }): Uint8Array;
}
