import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Judge } from './judge';
import { CACHE, type Digests } from './results';

/** CPU time and time by the clock of one test file. */
export interface Times {
  readonly cpuMs: number;
  readonly wallMs: number;
}

interface Measured extends Times {
  readonly digest: string;
}

const LONGEST: Times = { cpuMs: 10 * 60_000, wallMs: 20 * 60_000 };
const FILE = join(CACHE, 'baseline.json');

function readMeasured(): Record<string, Measured> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, Measured>;
  } catch {
    return {}; // The first run.
  }
}

/**
 * Each test file once on the program as it is, when it is first needed. A test that fails there judges nothing. Measured again when the
 * test or anything that it imports changes.
 */
export class Baseline {
  /** Tests that judge nothing in this run. */
  readonly failing: string[] = [];
  private readonly stored = readMeasured();
  private readonly running = new Map<string, Promise<Times | null>>();

  constructor(
    private readonly digests: Digests,
    private readonly say: (line: string) => void,
  ) {}

  /** Null if the test fails without a mutant. */
  of(test: string, judge: Judge): Promise<Times | null> {
    const running = this.running.get(test) ?? this.measure(test, judge);
    this.running.set(test, running);
    return running;
  }

  private async measure(test: string, judge: Judge): Promise<Times | null> {
    const digest = this.digests.ofAll(test);
    const stored = this.stored[test];
    if (stored?.digest === digest) return stored;
    const startedMs = Date.now();
    const { fate, why, passed, cpuMs } = await judge.run({ path: '', source: null, test }, LONGEST);
    const wallMs = Date.now() - startedMs;
    if (fate !== 'survived' || passed === 0) {
      this.failing.push(test);
      this.say(`${test} judges nothing: ${fate === 'survived' ? 'it runs no test here' : `it fails as it is: ${why}`}`);
      return null;
    }
    this.say(`${test} as it is: ${passed} tests in ${(cpuMs / 1000).toFixed(1)} s of CPU`);
    this.stored[test] = { digest, cpuMs, wallMs };
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, JSON.stringify(this.stored, null, 1));
    return { cpuMs, wallMs };
  }
}
