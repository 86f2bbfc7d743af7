import type { Cell } from './cells.ts'

/** One way in which an agent is written and started. */
export interface Way {
  readonly name: string
  readonly agent: 'agent.mjs' | 'agent.cjs' | 'agent.ts' | 'bundle.mjs' | 'bundle.cjs'
  /** What Node is started with for goaltrace, and for the app's own SDK, in this order. */
  start(own: boolean): { readonly goaltrace: string[]; readonly sdk: string[]; readonly sdkFirst: boolean }
  fits(cell: Cell): boolean
}

const importing = ['--import', 'goaltrace/register']
const requiring = ['--require', 'goaltrace/register']
const always = () => true

export const WAYS: readonly Way[] = [
  {
    name: 'ESM',
    agent: 'agent.mjs',
    start: (own) => ({ goaltrace: importing, sdk: own ? ['--import', './sdk.mjs'] : [], sdkFirst: false }),
    fits: always,
  },
  {
    name: 'CommonJS',
    agent: 'agent.cjs',
    start: (own) => ({ goaltrace: importing, sdk: own ? ['--import', './sdk.mjs'] : [], sdkFirst: true }),
    fits: always,
  },
  {
    name: '`--require`',
    agent: 'agent.cjs',
    start: (own) => ({ goaltrace: requiring, sdk: own ? ['--require', './sdk.cjs'] : [], sdkFirst: true }),
    fits: always,
  },
  {
    name: 'ESM bundle',
    agent: 'bundle.mjs',
    start: (own) => ({ goaltrace: importing, sdk: own ? ['--import', './sdk.mjs'] : [], sdkFirst: true }),
    fits: always,
  },
  {
    name: 'CommonJS bundle',
    agent: 'bundle.cjs',
    start: (own) => ({ goaltrace: requiring, sdk: own ? ['--require', './sdk.cjs'] : [], sdkFirst: false }),
    fits: always,
  },
  {
    name: 'TypeScript',
    agent: 'agent.ts',
    start: (own) => ({ goaltrace: importing, sdk: own ? ['--import', './sdk.mjs'] : [], sdkFirst: true }),
    fits: ({ node }) => node >= 22,
  },
  {
    name: '`GoalInstrumentation`',
    agent: 'agent.mjs',
    start: () => ({ goaltrace: ['--import', './instrumented.mjs'], sdk: [], sdkFirst: false }),
    fits: ({ openTelemetry }) => openTelemetry !== 'none',
  },
]
