import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // A native addon and patched prototypes: every file has a process of its own.
    pool: 'forks',
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
