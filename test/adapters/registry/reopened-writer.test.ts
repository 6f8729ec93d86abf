import { ReopenedWriter } from '../../../src/adapters/registry/reopened-writer';
import { type LogWriter, WriterFenced } from '../../../src/ports/log';

/** Opens writers that fail as told: one list of outcomes per writer. */
function opening(...outcomes: (Error | null)[][]) {
  let opened = 0;
  const open = async (): Promise<LogWriter> => {
    const own = outcomes[opened++]!;
    return {
      append: async () => {
        const error = own.shift();
        if (error) throw error;
      },
      close: async () => undefined,
    };
  };
  return { open, opened: () => opened };
}

test('the writer is opened at once, and again only after a failed append', async () => {
  const { open, opened } = opening([null, null, new Error('away')], [null]);
  const writer = await ReopenedWriter.open(open);
  expect(opened()).toBe(1);
  await writer.append([]);
  await writer.append([]);
  await expect(writer.append([])).rejects.toThrow('away');
  expect(opened()).toBe(1);
  await writer.append([]);
  expect(opened()).toBe(2);
});

test('a fenced writer is never opened again', async () => {
  const { open, opened } = opening([new WriterFenced('train')], [null]);
  const writer = await ReopenedWriter.open(open);
  for (let i = 0; i < 3; i++) await expect(writer.append([])).rejects.toThrow(WriterFenced);
  expect(opened()).toBe(1);
});
