import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Apart from the quick tests: this runs other projects' servers, which install.sh installs.
export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    pool: 'forks',
    include: ['test/peers/*.peer.ts'],
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
