import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Prints lines of several processes into one terminal, each with the name of its process in a column. */
export class PrefixedLines {
  private readonly width: number;

  constructor(names: readonly string[]) {
    this.width = Math.max(...names.map((name) => name.length));
  }

  line(name: string, text: string): string {
    return `${name.padEnd(this.width)} | ${text}\n`;
  }

  /** Copies a stream line by line, so that lines of several processes never mix. */
  copy(name: string, from: Readable | null, to: NodeJS.WritableStream): void {
    if (from === null) return;
    createInterface({ input: from, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (text) =>
      to.write(this.line(name, text)),
    );
  }
}
