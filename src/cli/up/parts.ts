/** One process of a deployment: a command of this program. */
export interface Part {
  /** Begins each of its lines. */
  readonly name: string;
  readonly args: readonly string[];
  /** Settings that override those of `up`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface PartOptions {
  readonly scorers: number;
  readonly accelerated: boolean;
  readonly clock: boolean;
}

/** CLV_HTTP_PORT is the dashboard's. The others take any free port, so that none of them takes the dashboard's first. */
const ANY_PORT = { CLV_HTTP_PORT: '0' };

/** The processes that run until `up` is stopped. */
export function lastingParts({ scorers, accelerated, clock }: PartOptions): Part[] {
  const scorer = (number: number): Part => ({
    name: scorers === 1 ? 'score' : `score-${number}`,
    args: ['score'],
    environment: ANY_PORT,
  });
  return [
    { name: SERVE, args: ['serve'], environment: {} },
    ...Array.from({ length: scorers }, (_, i) => scorer(i + 1)),
    { name: 'train', args: accelerated ? ['train', '--accelerated'] : ['train'], environment: ANY_PORT },
    ...(clock ? [{ name: 'clock', args: ['clock'], environment: {} }] : []),
  ];
}

/** The sentence about scorers that will have no partition; null if each can have one. */
export function idleScorers(scorers: number, partitions: number): string | null {
  const idle = scorers - partitions;
  if (idle <= 0) return null;
  return `${scorers} scorers for ${partitions} partitions: ${idle} of them will have nothing to do until another one stops. Use --scorers ${partitions}`;
}

/** The part that has the dashboard. */
export const SERVE = 'serve';

/** Runs to its end before the others start. */
export const SETUP: Part = { name: 'setup', args: ['setup'], environment: {} };
