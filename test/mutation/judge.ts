import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Times } from './baseline';
import { ROOT } from './plan';
import type { Fate } from './results';
import type { Job, Message } from './worker';

export interface Verdict {
  readonly fate: Fate;
  readonly why: string;
  /** Tests that passed, and the CPU time that the file took. */
  readonly passed: number;
  readonly cpuMs: number;
}

const REGISTER = join(ROOT, 'test', 'support', 'swc-register.js');

/** After so many jobs a worker is replaced: each test file leaves some memory behind. */
const JOBS_PER_WORKER = 200;
const TICKS_PER_S = 100;

/** CPU time of a process so far: unlike the clock it stays the same when other work shares the machine. Without /proc: the clock. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_S;
  } catch {
    return Date.now();
  }
}

/** Runs one job at a time in a child process, and starts the process again when a job has run too long. */
export class Judge {
  private child: ChildProcess | null = null;
  private jobs = 0;

  constructor(private readonly environment: Readonly<Record<string, string>>) {
    // A worker in a loop would outlive this process.
    process.on('exit', () => this.stop());
  }

  async run(job: Job, limit: Times): Promise<Verdict> {
    const child = await this.worker();
    const [startedMs, cpuBefore] = [Date.now(), cpuMs(child.pid!)];
    return new Promise((resolve) => {
      const end = (fate: Fate, why: string, passed = 0, cpu = 0) => {
        clearInterval(timer);
        child.removeAllListeners('message').removeAllListeners('exit');
        resolve({ fate, why, passed, cpuMs: cpu });
      };
      const timer = setInterval(() => {
        const tooLong = cpuMs(child.pid!) - cpuBefore > limit.cpuMs || Date.now() - startedMs > limit.wallMs;
        if (!tooLong) return;
        end('timeout', 'ran too long');
        this.stop();
      }, 500);
      child.on('message', (message: Message) => {
        if (message.kind === 'passed') end('survived', '', message.tests, message.cpuMs);
        if (message.kind === 'failed') end('killed', message.why);
        if (message.kind === 'invalid') end('invalid', message.why);
      });
      child.on('exit', (code) => {
        this.child = null;
        end('killed', `the process ended with ${code}`);
      });
      child.send(job);
    });
  }

  stop(): void {
    this.child?.removeAllListeners('exit').kill('SIGKILL');
    this.child = null;
  }

  private async worker(): Promise<ChildProcess> {
    if (this.jobs++ >= JOBS_PER_WORKER) {
      this.stop();
      this.jobs = 1;
    }
    if (this.child !== null) return this.child;
    const child = fork(join(__dirname, 'worker.ts'), {
      cwd: ROOT,
      execArgv: ['-r', REGISTER],
      env: { ...process.env, NODE_ENV: 'test', ...this.environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`a worker ended with ${code} before its first test`)));
    });
    child.removeAllListeners('exit');
    return child;
  }
}
