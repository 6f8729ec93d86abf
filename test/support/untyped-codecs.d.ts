declare module 'snappyjs' {
  export function compress(input: Uint8Array): Uint8Array;
}

declare module 'lz4js' {
  /** LZ4 frame format. */
  export function compress(input: Uint8Array): Uint8Array;
}
