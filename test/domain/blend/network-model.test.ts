import { statesBefore } from '../../../src/domain/blend/network-model';
import { anEvent } from '../../support/events';

test('states at a time exist for customers with an earlier event, and contain their attributes', () => {
  const attributes = { ageBand: null, region: 'north', channel: null };
  const profile = (customerId: string, timeS: number) => anEvent({ kind: 'profile', customerId, timeS, attributes });
  const events = [
    profile('table', 100),
    profile('ann', 100),
    anEvent({ customerId: 'ann', timeS: 200 }),
    profile('bob', 250),
    anEvent({ customerId: 'bob', timeS: 900 }),
  ];
  const states = statesBefore(events, 500, 16);
  expect([...states.keys()]).toEqual(['ann']);
  expect(states.get('ann')!.profile?.attributes).toEqual(attributes);
});
