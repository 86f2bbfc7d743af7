import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { index: 'src/index.ts', semconv: 'src/event/semconv.ts', cli: 'src/cli/main.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  dts: true,
  clean: true,
})
