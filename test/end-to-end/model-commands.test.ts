import { writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/system/digest';
import { firstModel } from '../../src/cli/compose/first-model';
import type { ModelEntry } from '../../src/cli/reports/model-lines';
import type { ModelSettings } from '../../src/domain/scoring/model';
import { decodeArtefact } from '../../src/serde/model-artefact';
import { runCommand } from '../support/cli';
import { type Deployment, openDeployment } from '../support/deployment';
import { artefactOf, levelShift } from '../support/hand-model';
import { until } from '../support/process';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment('embedded');
});
afterAll(() => deployment.close());

const model = (...args: string[]) =>
  runCommand(['model', ...args], { CLV_HOME: deployment.settings.CLV_HOME, CLV_PARTITIONS: '3' });
const entries = () =>
  model('list', '--json')
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ModelEntry);
const inForce = () => entries().find((entry) => entry.inForce)!;

/** The file of a model whose rate is higher by `level`, and its version. */
function modelFile(level: number, change: Partial<ModelSettings> = {}): { file: string; version: string } {
  const { weights, settings } = firstModel(deployment.settings);
  const artefact = artefactOf(levelShift(weights, level), { ...settings, ...change });
  const decoded = decodeArtefact(artefact, sha256);
  if (!decoded.ok) throw new Error(decoded.reason);
  const { version } = decoded.model;
  const file = join(deployment.settings.CLV_HOME, `${version}.clvm`);
  writeFileSync(file, artefact);
  return { file, version };
}

test('a person changes which model is in force while a scorer runs, and the topic says who did what and why', async () => {
  const first = firstModel(deployment.settings).version;
  const [a, b, recalibrated] = [
    modelFile(0.1),
    modelFile(0.2),
    modelFile(0.2, { logSpendSigmaFactors: [1, 1, 1, 1.2] }),
  ];
  const scorer = await deployment.startScorer();
  const scoredBy = (version: string) => until(`${version} scores`, async () => scorer.modelVersion === version);

  for (const { file } of [a, b, recalibrated]) {
    expect(model('publish', file, '--note', 'Loss 0.4.', '--by', 'ann@till')).toMatchObject({ code: 0 });
  }
  await scoredBy(recalibrated.version);

  // Past the same weights, then further back, to the model that the deployment started from.
  expect(model('rollback', '--reason', 'too many in platinum')).toMatchObject({
    code: 0,
    stdout: `${a.version} is in force on clv-models\n`,
  });
  await scoredBy(a.version);
  expect(inForce()).toMatchObject({
    ...{ version: a.version, what: 'rolled-back', by: `${userInfo().username}@${hostname()}` },
    ...{ reason: 'too many in platinum', note: 'Loss 0.4.', pinned: false },
  });
  expect(model('rollback')).toMatchObject({ code: 0, stdout: expect.stringContaining(first) });
  await scoredBy(first);
  expect(model('rollback')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(`no model before ${first} with other weights is stored on clv-models: .*model list`),
  });

  expect(model('pin', '--reason', 'sale')).toMatchObject({ code: 0, stdout: expect.stringContaining('pinned') });
  expect(model('promote', b.version.slice(0, 8), '--by', 'ben')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(`^${b.version} is in force on clv-models and pinned`),
  });
  await scoredBy(b.version);
  expect(model('promote', 'm-none')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /\nclv-stream model promote: clv-models stores no model m-none: clv-stream model list shows the versions\n$/,
    ),
  });
  expect(model('promote', 'm-')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('name more of the version'),
  });
  expect(model('unpin')).toMatchObject({ code: 0, stdout: `${b.version} is in force on clv-models\n` });

  expect(entries().map(({ what, version }) => [what, version])).toEqual([
    ['published', a.version],
    ['published', b.version],
    ['published', recalibrated.version],
    ['rolled-back', a.version],
    ['rolled-back', first],
    ['pinned', first],
    ['promoted', b.version],
    ['unpinned', b.version],
  ]);
  const lines = model('list').stdout.trim().split('\n');
  expect(lines.filter((line) => line.startsWith('*'))).toEqual([lines[7]]);
  expect(lines[6]).toMatch(/ promoted +ben +Loss 0\.4\.$/);
  expect(lines[8]).toBe(`${b.version} is in force on clv-models`);
});
