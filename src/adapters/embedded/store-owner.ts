import { hostname } from 'node:os';

/** The process that owns a store, as written in it. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Last sign of life, ms since the epoch. 0 after an orderly end. */
  readonly seenAtMs: number;
  /** Rises with each owner. An owner whose epoch is no longer the stored one has been replaced. */
  readonly epoch: number;
}

/** A process that wants to own a store, and what it can find out. */
export interface Claimant {
  readonly host: string;
  readonly pid: number;
  nowMs(): number;
  /** Whether a process of this host runs. */
  isRunning(pid: number): boolean;
}

/** An owner shows a sign of life this often. */
export const SIGN_OF_LIFE_MS = 5_000;
/** Without a sign of life for this long, an owner counts as dead: its host was lost, or its pid now belongs to another program. */
const DEAD_AFTER_MS = 60_000;

/** Another process owns the store, or has taken it over. */
export class StoreOwned extends Error {
  readonly code = 'store-owned';
  override readonly name = 'StoreOwned';
}

export function thisProcess(): Claimant {
  return {
    host: hostname(),
    pid: process.pid,
    nowMs: Date.now,
    isRunning: (pid) => {
      try {
        return process.kill(pid, 0);
      } catch (error) {
        // EPERM: it runs, as another user.
        return (error as NodeJS.ErrnoException).code === 'EPERM';
      }
    },
  };
}

/** The owner to write for this claimant. Throws {@link StoreOwned} if the stored owner is alive. */
export function nextOwner(stored: Owner | undefined, claimant: Claimant): Owner {
  const { host, pid } = claimant;
  const nowMs = claimant.nowMs();
  if (stored !== undefined && isAlive(stored, claimant, nowMs)) {
    const agoS = Math.round(Math.max(0, nowMs - stored.seenAtMs) / 1000);
    throw new StoreOwned(
      `process ${stored.pid} on ${stored.host} uses this store (last sign of life ${agoS} s ago). Stop it first, or give this process its own folder. ` +
        `If it was killed on another host, wait ${DEAD_AFTER_MS / 1000} s`,
    );
  }
  return { host, pid, seenAtMs: nowMs, epoch: (stored?.epoch ?? 0) + 1 };
}

function isAlive({ host, pid, seenAtMs }: Owner, claimant: Claimant, nowMs: number): boolean {
  // A sign of life from the future was written before the clock was set back. It could block the store for long.
  const isSilent = seenAtMs === 0 || nowMs - seenAtMs > DEAD_AFTER_MS || seenAtMs - nowMs > DEAD_AFTER_MS;
  if (isSilent) return false;
  if (host !== claimant.host) return true;
  // Our own pid: a process before us had it, as the first process of a restarted container does.
  return pid !== claimant.pid && claimant.isRunning(pid);
}
