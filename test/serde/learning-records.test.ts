import { mulberry32 } from '../../src/domain/math/random';
import {
  decodeLearningEntry,
  encodeArtefactRecord,
  encodeLearning,
  encodeMarks,
  type LearningRecord,
  LearningRecordError,
} from '../../src/serde/learning-records';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const FULL: LearningRecord = {
  ...{ limitS: 1_700_006_400, furthestS: 1_700_009_999.5, championVersion: 'm-1', champion: 'aa', previous: 'bb' },
  ...{ trainee: 'cc', rounds: 3, promotions: 2, rollbacks: 1, recalibrations: 300, dayS: 1_699_920_000 },
  announcing: ['m-1', 'm-2'],
  trial: { champion: 'aa', challenger: 'cc', startedAtS: 1_699_920_000, alpha: 0.05 },
  lastTrialS: 1_699_920_000,
  watch: { champion: 'aa', challenger: 'bb', startedAtS: 0, alpha: 0.01 },
};
const EMPTY: LearningRecord = {
  ...{ limitS: null, furthestS: -1, championVersion: 'm-1', champion: 'aa', previous: null, trainee: null },
  ...{ rounds: 0, promotions: 0, rollbacks: 0, recalibrations: 0, dayS: null, announcing: [] },
  ...{ trial: null, lastTrialS: null, watch: null },
};
const MARKS = { dayS: 1_699_920_000, marks: [{ partition: 11, atS: 1_699_000_000, customerId: 'a/ü', closed: 4 }] };

test.each([FULL, EMPTY])('a progress record gives back what was written', (progress) => {
  expect(decodeLearningEntry(encodeLearning(progress))).toEqual({ kind: 'progress', progress });
});

test('marks and artefacts give back what was written', () => {
  expect(encodeMarks(MARKS).map(decodeLearningEntry)).toEqual([{ kind: 'marks', part: 0, marks: MARKS }]);
  const artefact = Uint8Array.of(1, 2, 3);
  expect(decodeLearningEntry(encodeArtefactRecord('ff', artefact))).toEqual({
    kind: 'artefact',
    digest: 'ff',
    artefact,
  });
  expect(decodeLearningEntry(encodeArtefactRecord('ff', null))).toEqual({
    ...{ kind: 'artefact', digest: 'ff', artefact: null },
  });
});

test('a large round is cut into records that fit, whatever the ids are', () => {
  // Ids have 512 characters at most.
  const longest = '\u20ac'.repeat(508);
  const marks = Array.from({ length: 4_096 }, (_, i) => ({
    ...{ partition: i % 7, atS: 1_699_000_000, customerId: longest + i, closed: 4 },
  }));
  const records = encodeMarks({ dayS: 1_699_920_000, marks });
  expect(Math.max(...records.map(({ value }) => value!.length))).toBeLessThan(524_288);
  const parts = records.map(decodeLearningEntry).flatMap((entry) => (entry?.kind === 'marks' ? [entry] : []));
  expect(parts.map(({ part }) => part)).toEqual(records.map((_, i) => i));
  expect(parts.flatMap((entry) => entry.marks.marks)).toEqual(marks);
});

test(`law: damaged records are refused by name and never end the process (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const records = [encodeLearning(FULL), encodeLearning(EMPTY), ...encodeMarks(MARKS)];
  let refused = 0;
  for (let i = 0; i < 1_000; i++) {
    const { key, value } = records[i % records.length]!;
    const copy = Uint8Array.from(value!).slice(0, Math.floor(random() * (value!.length + 1)));
    if (copy.length > 0 && random() < 0.7) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
    try {
      decodeLearningEntry({ key, value: copy });
    } catch (error) {
      expect(error).toBeInstanceOf(LearningRecordError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
  expect(() => decodeLearningEntry({ key: null, value: null })).toThrow(LearningRecordError);
  expect(() => decodeLearningEntry({ key: new TextEncoder().encode('other'), value: null })).toThrow(/another program/);
});
