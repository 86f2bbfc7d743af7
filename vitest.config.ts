import { defineConfig } from 'vitest/config'
import { checkNode } from './test/node-version.ts'

checkNode()

/** Of what happens in half a second at an agent's end, or in the seconds of a demo: one after the other, after all others. */
const ALONE = [
  'test/agents/*.test.ts',
  'test/cli/demo.test.ts',
  'test/cli/run.test.ts',
  'test/page/demo.test.ts',
  'test/telemetry/environment.test.ts',
]

export default defineConfig({
  test: {
    // A native addon and patched prototypes: every file has a process of its own.
    pool: 'forks',
    // By default one core stays free, of two that is half; most tests wait for a process of their own.
    maxWorkers: '100%',
    projects: [
      { extends: true, test: { name: 'goaltrace', include: ['test/**/*.test.ts'], exclude: ALONE } },
      { extends: true, test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          name: 'from the start',
          include: ['test/capture/*.test.ts'],
          env: { GOALTRACE_TEST_OBSERVED: 'from the start' },
        },
      },
      {
        extends: true,
        test: {
          name: 'node:sqlite',
          include: ['test/capture/*.test.ts'],
          setupFiles: ['test/drivers/without-better-sqlite3.ts'],
          env: { GOALTRACE_TEST_DRIVER: 'node:sqlite' },
        },
      },
      {
        extends: true,
        // As on a Node that has no SQLite of its own.
        test: { name: 'better-sqlite3', include: ['test/backend/*.test.ts'], execArgv: ['--no-experimental-sqlite'] },
      },
    ],
    // No test measures a clock: these only end what hangs, on a machine however busy.
    testTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 120_000,
  },
})
