import { defineConfig } from 'vitest/config';

/** Tests that train for long and kill much; `npm run test:durability` runs them, `npm test` does not. */
const DURABILITY = [
  'test/integration/control/**/*.test.ts',
  'test/integration/stores/**/*.test.ts',
  'test/integration/{compute-pool,ensemble-kills,evaluate-kills,graph-memory,image-kills,prepare-kills,store-care,thread-kills,tree-kills}.test.ts',
];

/** Schedules, the HTTP API and other ways in, each on a stack of its own; `npm run test:ways` runs them. */
const WAYS = ['test/integration/ways/**/*.test.ts'];

/** Against servers that are not everywhere: Postgres; `npm run test:sources` runs them. */
const SOURCES = ['test/integration/sources/**/*.test.ts'];

/** Unit tests whose process is theirs alone: a process has one backend, its threads, one LightGBM or none, and all tensors that are left. */
const ALONE = [
  'test/unit/{backend-wasm,estimators/{several-threads,threads-between-ops},formats/wasm,graph/compilations,lightgbm/missing-library}.test.ts',
];

/**
 * One project per tier of tests; `npm test` runs all but durability, ways and e2e.
 * @param isolate a process for each file; without, files follow each other in one that has loaded everything
 */
const tier = (
  name: string,
  timeoutMs: number,
  include = [`test/${name}/**/*.test.ts`],
  { exclude = [] as string[], isolate = true } = {},
) => ({
  test: {
    ...{ name, include, exclude, isolate },
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
      tier('unit', 60_000, undefined, { exclude: ALONE, isolate: false }),
      tier('unit-alone', 60_000, ALONE),
      tier('contract', 60_000),
      tier('integration', 120_000, undefined, { exclude: [...DURABILITY, ...WAYS, ...SOURCES] }),
      tier('durability', 300_000, DURABILITY),
      tier('ways', 600_000, WAYS),
      tier('sources', 120_000, SOURCES),
      tier('replay', 120_000),
      tier('e2e', 600_000),
      tier('frameworks', 900_000),
    ],
  },
});
