import type { Command } from 'commander';
import type { ReleaseAction } from '../../domain/release/release';
import type { OpenArtefact } from '../../domain/scoring/served-model';
import type { ModelAnnouncement, ModelRegistry } from '../../ports/model-registry';
import { servableArtefact } from '../compose/first-model';
import { type OperatorOptions, operatorOf, withOperatorOptions } from '../options/operator-options';
import { type At, withPlatform } from '../platform/with-platform';

/** What a command works with that changes which model is in force, or the pin. */
export interface ModelChange {
  readonly registry: ModelRegistry;
  readonly topic: string;
  /** Opens the models that can serve the deployment. */
  readonly open: OpenArtefact;
  /** Announces the model now, in the operator's name, and prints what is in force. */
  announce(model: ModelAnnouncement, action: ReleaseAction): Promise<void>;
}

/** Adds the operator's options. The body's errors become one line and exit code 1. */
export function changingModels(
  command: Command,
  body: (change: ModelChange, argument: string | undefined) => Promise<void>,
): Command {
  return withOperatorOptions(command).action((...given: unknown[]) => {
    const argument = command.registeredArguments.length > 0 ? (given[0] as string) : undefined;
    return withPlatform({ name: `model ${command.name()}`, withoutRedis: true }, (at) =>
      body(modelChange(at, command.opts<OperatorOptions>()), argument),
    );
  });
}

/** The writer is not the trainer's fenced one: a change by hand must not end a trainer. */
export function modelChange(
  { platform, context }: Pick<At, 'platform' | 'context'>,
  options: OperatorOptions,
): ModelChange {
  const registry = platform.registry();
  const topic = platform.topics.models;
  const announce = async (model: ModelAnnouncement, action: ReleaseAction): Promise<void> => {
    const change = { action, ...operatorOf(options) };
    await registry.publish({ ...model, announcedAtMs: context.clock.nowMs() }, change);
    const current = await registry.current();
    console.log(outcomeLine(model.version, current ?? model, topic));
  };
  return { registry, topic, open: servableArtefact(context.settings), announce };
}

/** `current`: what is in force after the announcement of `version`. */
function outcomeLine(version: string, current: ModelAnnouncement, topic: string): string {
  const pin = current.release?.pinned ? ' and pinned: the trainer publishes nothing until clv-stream model unpin' : '';
  if (current.version === version) return `${version} is in force on ${topic}${pin}`;
  return `${version} was announced on ${topic}, but another program announced ${current.version} after it; that one is in force${pin}`;
}
