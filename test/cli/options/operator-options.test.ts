import { hostname, userInfo } from 'node:os';
import { Command } from 'commander';
import { type OperatorOptions, operatorOf, withOperatorOptions } from '../../../src/cli/options/operator-options';

const parsed = (...words: string[]) =>
  operatorOf(
    withOperatorOptions(new Command('change').exitOverride().configureOutput({ writeErr: () => undefined }))
      .parse(words, { from: 'user' })
      .opts<OperatorOptions>(),
  );

test('the user of the operating system, without a reason', () => {
  expect(parsed()).toEqual({ by: `${userInfo().username}@${hostname()}`, reason: '' });
});

test('as given, on one line', () => {
  const given = ['--by', ' ann ', '--reason', 'too many\n\tin platinum\u001b[31m'];
  expect(parsed(...given)).toEqual({ by: 'ann', reason: 'too many in platinum [31m' });
});

test('a text that does not fit into a header is refused', () => {
  expect(parsed('--reason', 'ä'.repeat(1_000)).reason).toHaveLength(1_000);
  expect(() => parsed('--reason', 'ä'.repeat(1_001))).toThrow(/at most 1000 characters/);
});
