import { existsSync, readFileSync } from 'node:fs';

/** Linux counts processor time in these units for every architecture that Node.js runs on. */
const TICK_US = 10_000;

/** Processor time of a process since its start, user and system, µs. NaN where there is no /proc. */
export function processorUs(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return Number.NaN;
  const stat = readFileSync(path, 'utf8');
  // The name stands in brackets and may hold blanks. User and system time are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** Resident memory of a process, bytes. NaN where there is no /proc. */
export function residentBytes(pid: number): number {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return Number.NaN;
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))?.[1]) * 1024;
}
