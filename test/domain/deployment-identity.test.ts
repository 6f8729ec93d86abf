import {
  type DeploymentIdentity,
  decodeIdentity,
  describeIdentity,
  encodeIdentity,
  isSameDeployment,
} from '../../src/domain/deployment-identity';

const OWN: DeploymentIdentity = {
  app: 'shop',
  cluster: 'Kc-1',
  inputs: ['orders', 'clicks'],
  updates: 'clv-updates',
  deadLetters: 'clv-dead-letters',
};

describe('the identity of a deployment', () => {
  test('survives its own text', () => {
    expect(decodeIdentity(encodeIdentity(OWN))).toEqual(OWN);
    expect(isSameDeployment(decodeIdentity(encodeIdentity(OWN))!, OWN)).toBe(true);
  });

  test('is another one if any of its parts is', () => {
    const others: Partial<DeploymentIdentity>[] = [
      { app: 'other' },
      { cluster: 'Kc-2' },
      { updates: 'u' },
      { deadLetters: 'd' },
      { inputs: ['orders', 'views'] },
      { inputs: ['clicks', 'orders'] },
    ];
    for (const other of others) expect([other, isSameDeployment({ ...OWN, ...other }, OWN)]).toEqual([other, false]);
  });

  test('stays the same if a release appends an input topic, and if it is rolled back', () => {
    const more = { ...OWN, inputs: [...OWN.inputs, 'reviews'] };
    expect([isSameDeployment(OWN, more), isSameDeployment(more, OWN)]).toEqual([true, true]);
  });

  test('is not read out of what is none', () => {
    const texts = [
      '',
      'x',
      'null',
      '[]',
      '{}',
      '{"app":"a"}',
      '{"app":"a","cluster":"c","inputs":[1],"updates":"u","deadLetters":"d"}',
    ];
    for (const text of texts) expect([text, decodeIdentity(text)]).toEqual([text, null]);
  });

  test('names every part to a person', () => {
    for (const part of ['shop', 'Kc-1', 'orders', 'clicks', 'clv-updates', 'clv-dead-letters']) {
      expect(describeIdentity(OWN)).toContain(part);
    }
  });
});
