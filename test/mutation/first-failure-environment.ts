import type { Circus } from '@jest/types';
import NodeEnvironment from 'jest-environment-node';

/** After the first failure the rest of the file is skipped: one failing test is enough to kill a mutant. */
class FirstFailureEnvironment extends NodeEnvironment {
  private failed = false;

  handleTestEvent(event: Circus.Event): void {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.failed = true;
    if (event.name === 'test_start' && this.failed) event.test.mode = 'skip';
  }
}

// jest asks for the class as the module itself.
module.exports = FirstFailureEnvironment;
