import { EmbeddedStateMend } from '../../../src/adapters/embedded/state-mend';
import { EmbeddedStateReader } from '../../../src/adapters/embedded/state-reader';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { stateMendContract } from '../../contracts/state-mend-contract';
import { embeddedFolder } from './folder';

const OUTPUTS = { updates: 'updates', deadLetters: 'dead-letters' };

stateMendContract('embedded', async () => {
  const { env, topics, log, close } = await embeddedFolder(Object.values(OUTPUTS));
  return {
    mend: new EmbeddedStateMend(env),
    store: new EmbeddedStateStore(env, topics, log, OUTPUTS),
    reader: new EmbeddedStateReader(env),
    close,
  };
});
