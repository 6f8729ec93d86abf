import { cutLogs } from '../../../src/adapters/kafka/cut-logs';
import type { EpochAnswer } from '../../../src/adapters/kafka/epoch-request';
import { LeaderEpochs } from '../../../src/adapters/kafka/leader-epochs';
import { mulberry32, type Random } from '../../../src/domain/math/random';
import { testSeed } from '../../support/seeded';

const TOPIC = 'clicks';

/** A log as its epochs: one number for each record. */
type Log = readonly number[];

/**
 * What a leader answers: the largest epoch in its log up to the requested one, and where the next one begins (KIP-101). Its own epoch is at
 * least as new as any requested one. If it has written nothing yet, its epoch begins at the log's end.
 */
function answerOf(log: Log, asked: number): EpochAnswer {
  const where = { topic: TOPIC, partition: 0, errorCode: 0 };
  const known = log.filter((epoch) => epoch <= asked);
  const next = log.findIndex((epoch) => epoch > asked);
  if (known.length === 0) return { ...where, epoch: asked, end: 0 };
  return { ...where, epoch: Math.max(...known), end: next < 0 ? log.length : next };
}

function grown(random: Random, log: Log, epoch: number): Log {
  return [...log, ...new Array<number>(1 + Math.floor(random() * 5)).fill(epoch)];
}

const cutFound = async (epochs: LeaderEpochs, log: Log): Promise<number | null> => {
  const cuts = await cutLogs([{ topic: TOPIC, partition: 0, spans: epochs.of(TOPIC, 0) }], async (questions) =>
    questions.map(({ epoch }) => answerOf(log, epoch)),
  );
  return cuts[0]?.cut ?? null;
};

/** The batches of a log from a position on, as a reader notes them. */
function read(epochs: LeaderEpochs, log: Log, from: number, to: number): void {
  for (let at = from; at < to; at++) epochs.note(TOPIC, 0, { epoch: log[at]!, start: at, end: at + 1 });
}

const SEED = testSeed();

test(`a log that lost records and grew again is distinguished from one that only grew (CLV_TEST_SEED=${SEED})`, async () => {
  const random = mulberry32(SEED);
  let cuts = 0;
  for (let round = 0; round < 500; round++) {
    let log: Log = [];
    let epoch = Math.floor(random() * 3);
    for (let leaders = 1 + Math.floor(random() * 4); leaders > 0; leaders--) {
      log = grown(random, log, epoch);
      epoch += 1 + Math.floor(random() * 3);
    }
    const epochs = new LeaderEpochs();
    const from = Math.floor(random() * log.length);
    const to = from + 1 + Math.floor(random() * (log.length - from));
    read(epochs, log, from, to);
    // A replica that lags is elected: it holds the beginning, and its own records after that.
    const kept = random() < 0.5 ? log.length : Math.floor(random() * (log.length + 1));
    const after = random() < 0.8 ? grown(random, log.slice(0, kept), epoch) : log.slice(0, kept);
    const found = await cutFound(epochs, after);
    const isCut = kept < to;
    if (!isCut) expect([round, found]).toEqual([round, null]);
    else if (kept >= from) expect([round, found]).toEqual([round, kept]);
    // Of the records below those that were read nothing is known.
    else expect([round, found !== null && found >= kept && found <= from]).toEqual([round, true]);
    cuts += isCut ? 1 : 0;
  }
  expect(cuts).toBeGreaterThan(50);
});

const spans = [
  { epoch: 4, start: 10, end: 20 },
  { epoch: 6, start: 20, end: 30 },
];
const known = [{ topic: TOPIC, partition: 0, spans }];
const answers = (...said: [epoch: number, end: number][]) => {
  const left = [...said];
  return async () =>
    left.splice(0, 1).map(([epoch, end]) => ({ topic: TOPIC, partition: 0, errorCode: 0, epoch, end }));
};

test('an epoch whose records compaction took is no cut: no later epoch begins below its end', async () => {
  expect(await cutLogs(known, answers([4, 32]))).toEqual([{ ...known[0], cut: null }]);
  expect(await cutLogs(known, answers([4, 29]))).toEqual([{ ...known[0], cut: 29 }]);
});

test('a leader without epochs proves nothing', async () => {
  expect(await cutLogs(known, answers([-1, -1]))).toEqual([{ ...known[0], cut: null }]);
});

test('if all records of an epoch are gone, the epoch before is requested', async () => {
  expect(await cutLogs(known, answers([4, 20], [4, 15]))).toEqual([{ ...known[0], cut: 15 }]);
  expect(await cutLogs(known, answers([4, 20], [4, 20]))).toEqual([{ ...known[0], cut: 20 }]);
  expect(await cutLogs(known, answers([3, 8], [3, 8]))).toEqual([{ ...known[0], cut: 8 }]);
});

test('a partition without an answer is left out, and one without noted epochs is whole', async () => {
  expect(await cutLogs(known, async () => [])).toEqual([]);
  const unknown = { topic: TOPIC, partition: 0, spans: [] };
  expect(await cutLogs([unknown], async () => [])).toEqual([{ ...unknown, cut: null }]);
});
