import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Apart from the quick tests: this runs Prometheus, Loki and Jaeger, which build.sh builds.
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    pool: 'forks',
    include: ['test/stack/*.stack.ts'],
    testTimeout: 90_000,
    hookTimeout: 180_000,
  },
})
