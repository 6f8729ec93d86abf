import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../support/cli';

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-nothing-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const embedded = () => ({ CLV_HOME: home, CLV_PARTITIONS: '2', CLV_HTTP_PORT: '0' });

describe('an audit of nothing is not passed', () => {
  test('no store: it says so, and creates none', () => {
    const { code, stdout } = runCommand(['audit'], embedded());
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: expect.stringMatching(/^nothing to audit: the topics clv-updates and clv-dead-letters do not exist/),
    });
    expect(existsSync(join(home, 'log'))).toBe(false);
  });

  test('empty topics', () => {
    runCommand(['setup'], embedded());
    expect(runCommand(['audit'], embedded())).toMatchObject({
      code: 3,
      stdout: 'nothing to audit: the topics hold no events and no updates\n',
    });
  });

  test('events that no scorer has seen: nothing yet, whatever part is accepted', () => {
    runCommand(['simulate', '--events', '5', '--rate', 'max'], embedded());
    expect(runCommand(['audit', '--kept-only'], embedded())).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^nothing to audit yet: \d+ records wait for their first outcome/),
    });
  });

  test('events that no scorer has seen for too long are a fault', () => {
    runCommand(['simulate', '--events', '5', '--rate', 'max'], embedded());
    expect(runCommand(['audit', '--max-pending', '0'], embedded())).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/\nFAILED; \d+ events are still to be scored\n$/),
    });
  });

  test('as JSON', () => {
    const { code, stdout } = runCommand(['audit', '--json'], embedded());
    expect([code, JSON.parse(stdout)]).toMatchObject([3, { passes: false, nothing: true, partitions: [] }]);
  });
});
