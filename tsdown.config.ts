import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { defineConfig, type Rolldown, type UserConfig } from 'tsdown'
import { writePageFiles } from './scripts/page-files.ts'

const source = (file: string) => fileURLToPath(new URL(`src/${file}`, import.meta.url))
/** The ES modules of OpenTelemetry, of which only what is used is bundled. */
const resolve = { mainFields: ['module', 'main'] }

/** What is built apart, once for all that loads it: the SDK, by far the largest part, which is loaded late, and exit-script.ts. */
function apart(format: string): Rolldown.Plugin {
  const sdk = format === 'cjs' ? './sdk.cjs' : './sdk.mjs'
  return {
    name: 'apart',
    resolveId(source, importer = '') {
      if (source === './sdk.ts' && basename(importer) === 'load-sdk.ts') return { id: sdk, external: true }
      if (source === './exit-source.ts' && basename(importer) === 'flush-at-exit.ts') return { id: EXIT_SOURCE }
      if (source.endsWith('/load-proposals.ts')) return { id: PROPOSALS }
      return importer === EXIT_SOURCE || importer === PROPOSALS ? { id: source, external: true } : null
    },
    load(id) {
      if (id === EXIT_SOURCE) return loader('exitSource', './exit-source.cjs', '.EXIT_SOURCE', format)
      return id === PROPOSALS ? loader('loadProposals', './proposals.cjs', '', format) : null
    },
  }
}

const EXIT_SOURCE = '\0exit-source'
const PROPOSALS = '\0proposals'

/** An ES module can load it only at its start: neither an exit nor the agent's statement waits for anything. */
function loader(name: string, file: string, part: string, format: string): string {
  if (format === 'cjs') return `export const ${name} = () => require('${file}')${part}`
  return `import * as loaded from '${file}'; export const ${name} = () => loaded${part}`
}

/** What the script of an exit has in the place of modules that wait or load late. */
const exitShims: Plugin = {
  name: 'exit-shims',
  setup({ onResolve }) {
    onResolve({ filter: /\/load-sdk\.ts$/ }, () => ({ path: source('telemetry/loaded-sdk.ts') }))
    onResolve({ filter: /^node:timers\/promises$/ }, () => ({ path: source('shims/no-pauses.ts') }))
  },
}

/**
 * Puts the script of exit-script.ts, with all that it needs, in the place of exit-source.ts: a file of its own would not be
 * there in a bundle of the agent's, nor be read from Yarn's zip.
 */
const exitSource = {
  name: 'exit-source',
  async load(id: string) {
    if (!id.endsWith('/delivery/exit-source.ts')) return null
    const { outputFiles } = await build({
      entryPoints: [source('delivery/exit-script.ts')],
      bundle: true,
      minify: true,
      write: false,
      // Its names would be the thread's globals.
      format: 'iife',
      platform: 'node',
      target: 'node20.19',
      ...resolve,
      inject: [source('shims/unref-timers.ts')],
      plugins: [exitShims],
      legalComments: 'none',
    })
    return `export const EXIT_SOURCE = ${JSON.stringify(outputFiles[0]?.text)}`
  },
}

const shared: UserConfig = {
  platform: 'node',
  target: 'node20.19',
  checks: { pluginTimings: false, legacyCjs: false },
  clean: false,
  deps: {
    neverBundle: ['@opentelemetry/api', 'better-sqlite3'],
    // The SDK is goaltrace's own affair: an agent that has none, or another line of it, installs nothing for it.
    onlyBundle: false,
  },
  // Nothing of goaltrace may keep a finished agent alive; the exporters' retries would.
  inputOptions: (options, format) => ({
    ...options,
    resolve,
    transform: { ...options.transform, inject: { setTimeout: [source('shims/unref-timers.ts'), 'setTimeout'] } },
    plugins: [options.plugins, apart(format)],
  }),
  outputOptions: {
    // What CommonJS loads late it requires: a test runner's sandbox knows no import().
    dynamicImportInCjs: false,
    // Those of what is bundled are a fifth of it; the types keep theirs.
    comments: { jsdoc: false },
  },
}

/** Node reads a whole text before it runs any of it, so that a smaller one starts sooner. Functions and classes keep their names, for stack traces. */
const SMALL = {
  compress: true,
  mangle: { toplevel: true, keepNames: { function: true, class: true } },
  codegen: { removeWhitespace: true },
}

/** With all that it needs, but the API. */
const whole: UserConfig = {
  ...shared,
  deps: {
    ...shared.deps,
    alwaysBundle: [/^@opentelemetry\/(?!api$)/, 'require-in-the-middle', 'import-in-the-middle'],
  },
  alias: { debug: source('shims/no-debug.ts') },
}

export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', testing: 'src/testing.ts', semconv: 'src/semconv.ts' },
    format: ['esm', 'cjs'],
    dts: true,
  },
  {
    ...whole,
    entry: { register: 'src/register.ts' },
    format: 'cjs',
    dts: true,
    minify: SMALL,
  },
  {
    ...shared,
    entry: { register: 'src/register-import.ts' },
    format: 'esm',
    dts: true,
  },
  {
    // For bundlers, which cannot put CommonJS that requires Node's own modules into an ES module, and have no `node-addons`
    // among the conditions by which they choose, as Node has (https://nodejs.org/api/packages.html#conditional-exports).
    ...whole,
    entry: { 'register-bundled': 'src/register.ts' },
    format: 'esm',
  },
  {
    ...shared,
    entry: { sdk: 'src/telemetry/sdk.ts' },
    format: ['esm', 'cjs'],
    // OpenTelemetry's code for the most part, and half of its size.
    minify: true,
  },
  {
    ...shared,
    entry: { proposals: 'src/mapping/proposals.ts' },
    format: 'cjs',
    minify: true,
  },
  {
    ...shared,
    entry: { 'exit-source': 'src/delivery/exit-source.ts' },
    format: 'cjs',
    plugins: [exitSource],
  },
  {
    ...shared,
    // A command waits for what it does.
    inputOptions: { resolve },
    entry: { cli: 'src/cli/main.ts', 'log-copier-thread': 'src/watch/log-copier-thread.ts' },
    // An ES module that names one thing of a module of Node's has all of that loaded: 4 MB in a process that watches.
    format: 'cjs',
    minify: SMALL,
  },
  {
    // The backend's page, for browsers.
    platform: 'browser',
    target: 'es2023',
    checks: { pluginTimings: false },
    clean: false,
    deps: { alwaysBundle: /./, onlyBundle: false },
    tsconfig: 'src/page/tsconfig.json',
    entry: { page: 'src/page/main.tsx' },
    outDir: 'dist/page/assets',
    format: 'esm',
    outputOptions: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    minify: true,
    hooks: { 'build:done': writePageFiles },
  },
])
