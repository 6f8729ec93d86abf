import type { Clock } from '../../ports/clock';

/** Where a long command is. */
export interface Progress {
  /** 0 to 1. null if the end is not known. */
  readonly share: number | null;
  /** What is done, without share and time. */
  readonly text: string;
  /** Seconds until the end. Default: by the share and the time so far. */
  readonly leftS?: number;
}

/** The parts of standard error that are used. */
export type ProgressOutput = Pick<NodeJS.WriteStream, 'write'> & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

/** Between two lines in a file or a pipe, seconds. */
const LINE_EVERY_S = 10;
/** Between two changes of the line on a terminal, seconds. */
const CHANGE_EVERY_S = 0.1;
const LEAST_COLUMNS = 20;
const USUAL_COLUMNS = 120;
/** Below this share, the time so far says too little. */
const LEAST_SHARE = 0.01;

/** Shows how far a command is: on a terminal one line that moves, elsewhere a line now and then. Never use it on standard output. */
export class ProgressLine {
  private readonly startedS: number;
  private shownAtS: number;
  private isShown = false;

  constructor(
    private readonly out: ProgressOutput,
    private readonly clock: Clock,
  ) {
    this.startedS = clock.elapsedS();
    // A short command needs no line in a file.
    this.shownAtS = out.isTTY ? Number.NEGATIVE_INFINITY : this.startedS;
  }

  /** Call it as often as you like. `atOnce` shows it even if the last line is recent. */
  show(progress: Progress, atOnce = false): void {
    const nowS = this.clock.elapsedS();
    const everyS = this.out.isTTY ? CHANGE_EVERY_S : LINE_EVERY_S;
    if (!atOnce && nowS - this.shownAtS < everyS) return;
    this.shownAtS = nowS;
    const line = progressText(progress, nowS - this.startedS);
    if (this.out.isTTY) {
      const columns = Math.max(LEAST_COLUMNS, this.out.columns ?? USUAL_COLUMNS);
      this.out.write(`\r\x1b[2K${line.slice(0, columns - 1)}`);
      this.isShown = true;
    } else this.out.write(`${line}\n`);
  }

  /** Removes the moving line before something else is printed. May be called twice. */
  clear(): void {
    if (this.isShown) this.out.write('\r\x1b[2K');
    this.isShown = false;
  }
}

/** For instance "12 %, 3 min left: 12000 of 100000 events". */
export function progressText({ share, text, leftS }: Progress, elapsedS: number): string {
  if (share === null) return text;
  const left = leftS ?? (share >= LEAST_SHARE ? (elapsedS / share) * (1 - share) : null);
  return `${Math.floor(100 * Math.min(share, 1))} %${left === null ? '' : `, ${duration(left)} left`}: ${text}`;
}

/** Two units at most: "42 s", "3 min", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
