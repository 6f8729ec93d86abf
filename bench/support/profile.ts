import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The parts of a .cpuprofile file that are read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly name: string;
  /** Of the time of the main thread. */
  readonly share: number;
}

/** The main thread's own time by function and by file, most first, from the profiles in a folder. `fromS`: leaves out the start, but half of it at most. */
export function sharesOf(folder: string, fromS: number): { readonly functions: Share[]; readonly files: Share[] } {
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let total = 0;
  for (const file of readdirSync(folder)) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Profile;
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    const fromUs = Math.min(fromS * 1e6, timeDeltas.reduce((sum, us) => sum + us, 0) / 2);
    let atUs = 0;
    samples.forEach((id, i) => {
      const us = timeDeltas[i + 1] ?? 0;
      atUs += us;
      if (atUs < fromUs) return;
      const { functionName, url, lineNumber } = frames.get(id)!;
      const place = placeOf(url);
      total += us;
      add(files, place || functionName, us);
      add(functions, `${functionName || '(anonymous)'} ${place}${url === '' ? '' : `:${lineNumber + 1}`}`, us);
    });
  }
  const sorted = (sums: ReadonlyMap<string, number>) =>
    [...sums].map(([name, us]) => ({ name, share: us / total })).sort((a, b) => b.share - a.share);
  return { functions: sorted(functions), files: sorted(files) };
}

/** A file's path below `dist` or `node_modules`, or as it is. */
function placeOf(url: string): string {
  return url.replace(/^.*\/(dist|node_modules)\//, '');
}

function add(sums: Map<string, number>, name: string, us: number): void {
  sums.set(name, (sums.get(name) ?? 0) + us);
}
