import { outputSubjects, type SubjectStrategy } from '../../src/serde/subjects';

test.each<[SubjectStrategy, string[]]>([
  ['topic-name', ['clv-updates-value', 'letters-value']],
  ['record-name', ['com.clvstream.ClvUpdate', 'com.clvstream.DeadLetter']],
  ['topic-record-name', ['clv-updates-com.clvstream.ClvUpdate', 'letters-com.clvstream.DeadLetter']],
])('%s', (strategy, expected) => {
  const topics = { updates: 'clv-updates', deadLetters: 'letters' };
  expect(outputSubjects(strategy, topics).map(({ subject }) => subject)).toEqual(expected);
});
