import { defineConfig } from 'vitest/config'
import { fastFiles } from './test/fast-files.ts'
import { checkNode } from './test/node-version.ts'

checkNode()

/** `npm run test:fast`: under two minutes on two cores, without a build, a browser or a network. */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: '100%',
    include: fastFiles(),
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
