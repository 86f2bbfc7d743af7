import type { Cell } from './cells.ts'

/** One way in which an agent is written and started. */
export interface Way {
  readonly name: string
  readonly agent: 'agent.mjs' | 'agent.cjs' | 'agent.ts' | 'bundle.mjs' | 'bundle.cjs'
  /** How Node loads goaltrace and the app's own SDK. */
  readonly load: '--import' | '--require'
  /** Instead of goaltrace/register. */
  readonly goaltrace?: string
  /** Whether the app's own SDK is loaded before goaltrace. */
  readonly sdkFirst: boolean
  /** Whether the agent ends by `process.exit()` before anything has been delivered. */
  readonly exits?: true
  fits(cell: Cell): boolean
}

const always = () => true
const bundled = ({ yarn }: Cell) => !yarn

export const WAYS: readonly Way[] = [
  { name: 'ESM', agent: 'agent.mjs', load: '--import', sdkFirst: false, fits: always },
  { name: 'CommonJS', agent: 'agent.cjs', load: '--import', sdkFirst: true, fits: always },
  { name: '`--require`', agent: 'agent.cjs', load: '--require', sdkFirst: true, fits: always },
  { name: 'ESM bundle', agent: 'bundle.mjs', load: '--import', sdkFirst: true, fits: bundled },
  { name: 'CommonJS bundle', agent: 'bundle.cjs', load: '--require', sdkFirst: false, fits: bundled },
  {
    name: 'TypeScript',
    agent: 'agent.ts',
    load: '--import',
    sdkFirst: true,
    // Yarn's loader takes it for CommonJS, goaltrace or not.
    fits: ({ node, yarn }) => node >= 22 && !yarn,
  },
  {
    name: '`process.exit()`',
    agent: 'agent.mjs',
    load: '--import',
    sdkFirst: false,
    exits: true,
    // The app's own SDK loses its spans at such an exit.
    fits: ({ openTelemetry }) => openTelemetry === 'none',
  },
  {
    name: '`GoalInstrumentation`',
    agent: 'agent.mjs',
    load: '--import',
    goaltrace: './instrumented.mjs',
    sdkFirst: false,
    fits: ({ openTelemetry }) => openTelemetry === '2.x' || openTelemetry === '3.x',
  },
]

/** What Node is started with, without goaltrace and with it. */
export function starts(
  { openTelemetry }: Cell,
  { load, goaltrace = 'goaltrace/register', sdkFirst }: Way,
): { readonly bare: string[]; readonly observed: string[] } {
  const own = [load, goaltrace]
  // It brings an SDK itself.
  if (goaltrace !== 'goaltrace/register' || openTelemetry === 'none') return { bare: [], observed: own }
  const automatic = openTelemetry === 'auto-instrumentations-node'
  const file = load === '--import' ? './sdk.mjs' : './sdk.cjs'
  const sdk = [load, automatic ? '@opentelemetry/auto-instrumentations-node/register' : file]
  return { bare: sdk, observed: sdkFirst ? [...sdk, ...own] : [...own, ...sdk] }
}
