/**
 * npm run fuzz -- [--minutes 10] [--seed N] [--only TARGET,…] [--out FOLDER]: hostile input for everything that reads bytes which nobody
 * vouches for. A finding is written to a file; npm run fuzz -- --replay FILE runs it again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { execute, type Finding } from './execute';
import { fuzzTarget, type TargetReport } from './fuzz';
import { TARGETS } from './registry';

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      only: { type: 'string' },
      out: { type: 'string', default: 'fuzz-findings' },
      replay: { type: 'string' },
    },
  });
  if (values.replay !== undefined) return replay(values.replay);
  const names = values.only?.split(',') ?? Object.keys(TARGETS);
  for (const name of names) {
    if (TARGETS[name] === undefined) throw new Error(`--only ${name}: give some of ${Object.keys(TARGETS).join(', ')}`);
  }
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const seconds = (60 * Number(values.minutes)) / names.length;
  console.log(`seed ${seed}, ${seconds.toFixed(0)} s for each of ${names.length} targets`);
  let sound = true;
  for (const name of names) {
    const report = await fuzzTarget(name, seed, seconds);
    console.log(describe(report));
    for (const finding of report.findings) console.log(`  written to ${write(values.out, finding)}`);
    sound &&= report.findings.length === 0;
  }
  console.log(sound ? 'nothing found' : 'FAILED');
  return sound;
}

function describe({ target, executions, seconds, slowestMs, findings }: TargetReport): string {
  const rate = (executions / seconds).toFixed(0);
  return [
    `${target.padEnd(16)} ${executions} executions, ${rate}/s, slowest ${slowestMs.toFixed(0)} ms, ${findings.length} findings`,
    ...findings.map(({ index, what }) => `  input ${index}: ${what}`),
  ].join('\n');
}

function write(folder: string, finding: Finding): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${finding.target}-${finding.seed}-${finding.index}.json`);
  writeFileSync(file, JSON.stringify({ ...finding, input: Buffer.from(finding.input).toString('base64') }, null, 2));
  return file;
}

async function replay(file: string): Promise<boolean> {
  const { target: name, input, what } = JSON.parse(readFileSync(file, 'utf8')) as { [key: string]: string };
  const target = await TARGETS[name!]!();
  console.log(`found then: ${what}`);
  for (let i = 0; i < 200; i++) await target.run(target.corpus[0]!);
  const found = await execute(target, Buffer.from(input!, 'base64'));
  console.log(found === null ? 'nothing is wrong with it now' : `now: ${found}`);
  await target.close?.();
  return found === null;
}

main()
  .then((sound) => process.exit(sound ? 0 : 1))
  .catch((error) => {
    console.error(String(error));
    process.exit(2);
  });
