import { defineConfig } from 'vitest/config';

/** One project per tier of tests; `npm test` runs all but e2e. */
const tier = (name: string, timeoutMs: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    pool: 'forks' as const,
    testTimeout: timeoutMs,
    hookTimeout: timeoutMs,
  },
});

export default defineConfig({
  test: {
    globalSetup: ['test/global-setup.ts'],
    maxWorkers: 2,
    projects: [
      tier('unit', 60_000),
      tier('contract', 60_000),
      tier('integration', 120_000),
      tier('replay', 120_000),
      tier('e2e', 600_000),
    ],
  },
});
