/**
 * Four kinds of test, by folder. `npm test` runs all of them; `npm run test:unit` and its like run one.
 * One broker and one Redis serve a whole run: test/support/global-setup.ts starts what the machine has. Unit tests need neither.
 */
const UNIT = ['domain', 'serde', 'delivery', 'config'];
const E2E = ['cli', 'end-to-end', 'upgrade'];
const CHAOS = ['chaos'];

const matching = (folders) => folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`);

const project = (displayName, options) => ({
  displayName,
  rootDir: __dirname,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    // Packages that are ES modules only.
    '/node_modules/(hyparquet|fzstd|hysnappy).*\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!(hyparquet|fzstd|hysnappy))'],
  setupFilesAfterEnv: ['<rootDir>/test/support/matchers.ts'],
  // Jest looks every global up through an interceptor, which makes one call of Math.imul ten times as slow. Injected ones are not.
  sandboxInjectedGlobals: ['Math', 'Number', 'Object', 'Array'],
  // A copy of Node's streams that declares Number itself, beside the injected one. Tests of the built program load the copy.
  moduleNameMapper: { '^readable-stream$': '<rootDir>/test/support/node-streams.js' },
  ...options,
});

const servers = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

module.exports = {
  projects: [
    project('unit', { testMatch: matching(UNIT) }),
    // Whatever no other project takes, so that no test is left out.
    project('integration', {
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...UNIT, ...E2E, ...CHAOS].map((folder) => `<rootDir>/test/${folder}/`),
      ...servers,
    }),
    project('e2e', { testMatch: matching(E2E), ...servers }),
    project('chaos', { testMatch: matching(CHAOS), ...servers }),
  ],
  // More than the two cores of the smallest machine: end-to-end tests wait for servers most of their time.
  maxWorkers: 4,
  // A test that trains takes seconds on a quiet machine, and minutes on a busy one.
  testTimeout: 240_000,
};
