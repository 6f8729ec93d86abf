import { createHash } from 'node:crypto';
import { findToken, readTokens } from '../../../../src/adapters/http/access/tokens';

const SECRET = 'a-secret-of-the-test';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('lines of name, roles and token; comments and empty lines are skipped', () => {
  const tokens = readTokens(
    `# who\n\ncrm read ${SECRET}\r\n  ops\tread,operate  ${SECRET}-2  \nprivacy erase sha256:${sha256('third secret')}\n`,
    'tokens',
  );
  expect(tokens.map(({ name, roles }) => [name, roles])).toEqual([
    ['crm', ['read']],
    ['ops', ['read', 'operate']],
    ['privacy', ['erase']],
  ]);
  expect(findToken(tokens, SECRET)?.name).toBe('crm');
  expect(findToken(tokens, `${SECRET}-2`)?.name).toBe('ops');
  expect(findToken(tokens, 'third secret')?.name).toBe('privacy');
  for (const wrong of ['', 'x', SECRET.slice(1), `sha256:${sha256('third secret')}`]) {
    expect(findToken(tokens, wrong)).toBeUndefined();
  }
});

test.each([
  ['', /^tokens has no token/],
  ['# only a comment', /has no token/],
  ['crm', /^tokens, line 1: expected "NAME ROLES TOKEN"/],
  [`crm read ${SECRET} more`, /line 1: expected/],
  [`\ncrm write ${SECRET}`, /line 2: roles are read, operate, erase/],
  [`crm read, ${SECRET}`, /line 1: roles are/],
  ['crm read tooShort', /line 1: a token has at least 16/],
  [`crm read ${SECRET}ü`, /visible ASCII/],
  ['crm read sha256:abc', /64 digits/],
  [`crm read ${SECRET}\ncrm read other-${SECRET}`, /line 2: the name or the token of crm comes twice/],
  [`crm read ${SECRET}\nops read ${SECRET}`, /line 2: the name or the token of crm comes twice/],
])('%j is refused', (text, message) => {
  let thrown: unknown;
  try {
    readTokens(text, 'tokens');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'CLV_HTTP_TOKEN_FILE', message: expect.stringMatching(message) });
  expect((thrown as Error).message).not.toMatch(/secret-of-the-test|tooShort/);
});
