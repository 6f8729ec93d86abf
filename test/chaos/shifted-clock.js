/**
 * `node --require` this file: the process's wall clock is wrong by the milliseconds that the file named by SHIFTED_CLOCK holds. Timers and
 * the monotonic clock stay right, as after a step of the system's time.
 */
const { readFileSync } = require('node:fs');

const file = process.env.SHIFTED_CLOCK;
const RealDate = Date;
let shiftMs = 0;

const now = () => RealDate.now() + shiftMs;
globalThis.Date = new Proxy(RealDate, {
  apply: () => new RealDate(now()).toString(),
  construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  get: (target, name) => (name === 'now' ? now : target[name]),
});

setInterval(() => {
  try {
    shiftMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // The folder is gone: the test is over.
  }
}, 200).unref();
