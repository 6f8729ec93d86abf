/** One target in a process of its own: child.ts TARGET SEED SECONDS PROGRESS_FILE. Findings are lines of JSON on its output. */
import { openSync, writeSync } from 'node:fs';
import { execute, type Finding, inputOf } from './execute';
import { TARGETS } from './registry';

const MOST_FINDINGS = 5;
const WARM_UP = 200;

async function main(): Promise<void> {
  const [name, seedText, secondsText, progressFile] = process.argv.slice(2) as [string, string, string, string];
  const target = await TARGETS[name]!();
  const seed = Number(seedText);
  // What an input does to a runtime that has compiled nothing yet is nothing of the input's.
  for (let i = 0; i < WARM_UP; i++) await target.run(target.corpus[0]!);
  const progress = openSync(progressFile, 'w');
  const endMs = Date.now() + 1000 * Number(secondsText);
  let index = 0;
  let slowestMs = 0;
  const found = new Set<string>();
  while (Date.now() < endMs && found.size < MOST_FINDINGS) {
    const input = inputOf(target, seed, index);
    // Before the run: whoever ends this process finds here which input it was.
    writeSync(progress, `${index}`.padEnd(16), 0);
    const startedMs = performance.now();
    const what = await execute(target, input);
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    // One of a kind: the first line, without its numbers, is the kind.
    const kind = (what ?? '').split('\n')[0]!.replace(/\d+/g, 'n');
    if (what !== null && !found.has(kind)) {
      found.add(kind);
      const finding: Finding = { target: name, seed, index, what, input };
      console.log(JSON.stringify({ finding: { ...finding, input: Buffer.from(input).toString('base64') } }));
    }
    index += 1;
  }
  console.log(JSON.stringify({ executions: index, slowestMs }));
  await target.close?.();
  process.exit(0);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
