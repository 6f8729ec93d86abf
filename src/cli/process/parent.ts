/** What a command sends to the process that started it as a child. */
export interface ChildMessage {
  /** Address of the child's HTTP server. */
  readonly listening?: string;
  /** The trainer's TensorFlow backend. */
  readonly backend?: string;
}

/** Sends a message to the process that started this one as a child. Does nothing if this process is no child, or if the other is gone. */
export function tellParent(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}
