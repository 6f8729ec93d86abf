import { sha256 } from '../../src/adapters/system/digest';
import { firstModel, openArtefact } from '../../src/cli/compose/first-model';
import { passes } from '../../src/domain/audit/audit';
import type { WeightTensor } from '../../src/domain/network/weights';
import { encodeArtefact } from '../../src/serde/model-artefact';
import { type DeploymentKind, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithKafkaAndRedis } from '../support/services';

function suite(kind: DeploymentKind): void {
  test.each([
    ['heads only, states stay valid', 'outputBias'],
    ['encoder too, states are re-encoded at their next touch', 'bias'],
  ] as const)(
    'swaps a model in under way (%s): no event lost, late or doubled, both versions told apart',
    async (_, tensor: WeightTensor) => {
      const deployment = await openDeployment(kind);
      try {
        const before = firstModel(deployment.settings);
        const weights = { ...before.weights, [tensor]: before.weights[tensor].map((value) => value + 0.05) };
        const card = {
          createdBy: 'test',
          trainedOn: 'nothing',
          examples: 0,
          loss: null,
          seed: 0,
          createdAtMs: null,
          parent: before.version,
        };
        const artefact = encodeArtefact({ weights, settings: before.settings, card }, sha256);
        const opened = openArtefact(artefact);
        if (!opened.ok) throw new Error(opened.reason);
        const { version } = opened.model;

        const scorer = await deployment.startScorer();
        const records = simulatedRecords(deployment, 3_000, { customers: 100, seed: 3 });
        const registry = deployment.platform.registry();
        for (let at = 0; at < records.length; at += 100) {
          await deployment.write(records.slice(at, at + 100));
          // So that both sides of the swap have events: the first third is scored before it, the last third after.
          if (at === 900) await deployment.drained();
          if (at === 1_000) await registry.publish({ version, artefact, announcedAtMs: Date.now(), note: 'a test' });
          if (at === 2_000) await until('the scorer has swapped', () => scorer.modelVersion === version);
        }
        await deployment.drained();

        expect((await deployment.audit()).every(passes)).toBe(true);
        const updates = await deployment.updates();
        expect(updates).toHaveLength(3_000);
        expect(new Set(updates.map((update) => update.modelVersion))).toEqual(new Set([before.version, version]));
        for (let partition = 0; partition < 3; partition++) {
          const versions = updates
            .filter(({ source }) => source.partition === partition)
            .map((update) => update.modelVersion);
          const firstNew = versions.indexOf(version);
          expect(firstNew).toBeGreaterThan(0);
          expect(versions.slice(firstNew).every((later) => later === version)).toBe(true);
        }
        // The split stays exact through the swap, and the model's share shows once for each customer touched on both sides.
        const last = new Map<string, { value: number; modelVersion: string }>();
        let modelEffects = 0;
        for (const { customerId, value, change, modelVersion } of updates) {
          const previous = last.get(customerId);
          expect(change.previous).toBe(previous?.value ?? 0);
          expect(Math.abs(change.previous + change.model + change.silence + change.event - value)).toBeLessThan(
            1e-9 * Math.max(1, value),
          );
          if (previous !== undefined && previous.modelVersion !== modelVersion)
            modelEffects += change.model === 0 ? 0 : 1;
          else expect(change.model).toBe(0);
          last.set(customerId, { value, modelVersion });
        }
        expect(modelEffects).toBeGreaterThan(10);
      } finally {
        await deployment.close();
      }
    },
    240_000,
  );

  test('starts with the current model, and scores with none of the hundreds that were announced before', async () => {
    const deployment = await openDeployment(kind);
    try {
      const registry = deployment.platform.registry();
      const { weights, settings, version: parent } = firstModel(deployment.settings);
      const card = {
        createdBy: 'test',
        trainedOn: 'nothing',
        examples: 0,
        loss: null,
        seed: 0,
        createdAtMs: null,
        parent,
      };
      let newest = '';
      for (let i = 0; i < 200; i++) {
        const outputBias = weights.outputBias.map((value) => value + 1e-3 * (i % 20));
        const artefact = encodeArtefact({ weights: { ...weights, outputBias }, settings, card }, sha256);
        const opened = openArtefact(artefact);
        if (!opened.ok) throw new Error(opened.reason);
        newest = opened.model.version;
        await registry.publish({ version: newest, artefact, announcedAtMs: Date.now(), note: 'a test' });
      }
      await deployment.write(simulatedRecords(deployment, 500, { customers: 50, seed: 5 }));
      await deployment.startScorer();
      await deployment.drained();
      const versions = (await deployment.updates()).map(({ modelVersion }) => modelVersion);
      expect(versions).toHaveLength(500);
      expect(new Set(versions)).toEqual(new Set([newest]));
      const sequences = (await registry.history()).map(({ sequence }) => sequence);
      expect(sequences).toHaveLength(200);
      expect(sequences.every((sequence, i) => i === 0 || sequence > sequences[i - 1]!)).toBe(true);
    } finally {
      await deployment.close();
    }
  });

  test('refuses an artefact whose digest, features or golden output do not hold, and goes on with the model it has', async () => {
    const deployment = await openDeployment(kind);
    try {
      const before = firstModel(deployment.settings);
      const scorer = await deployment.startScorer();
      const broken = new Uint8Array(64).fill(7);
      await deployment.platform
        .registry()
        .publish({ version: 'm-broken', artefact: broken, announcedAtMs: Date.now(), note: 'a test' });
      await deployment.write(simulatedRecords(deployment, 200, { customers: 20, seed: 4 }));
      await deployment.drained();
      expect(scorer.modelVersion).toBe(before.version);
      expect(deployment.refusedModels).toEqual(['m-broken']);
    } finally {
      await deployment.close();
    }
  });
}

describe('a model swap on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('a model swap on Kafka and Redis', () => suite('kafka'));
