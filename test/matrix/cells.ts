/** The versions that are installed; the newest of each line at the time of writing. */
export const NODE = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' } as const
/**
 * What better-sqlite3 11 and 12 are compiled with. Those of Node 24.19 and newer make any of their programs abort when a
 * statement is collected (https://github.com/nodejs/node/issues/65446), goaltrace or not.
 */
export const HEADERS = { ...NODE, 24: '24.18.1' } as const
export const DRIZZLE = '0.45.4'
export const BETTER_SQLITE3 = { 11: '11.10.0', 12: '12.11.1', 13: '13.2.0' } as const
/** Packages of an app that brings its own SDK; an app without one gets the API as goaltrace's peer. */
export const OPENTELEMETRY = {
  none: {},
  '2.x': { '@opentelemetry/api': '1.9.1', '@opentelemetry/sdk-node': '0.223.0' },
  '3.x': { '@opentelemetry/api': '1.10.0', '@opentelemetry/sdk-node': '0.301.0' },
  'auto-instrumentations-node': {
    '@opentelemetry/api': '1.10.0',
    '@opentelemetry/core': '3.1.0',
    '@opentelemetry/auto-instrumentations-node': '0.82.0',
  },
} as const

/** One app in a fresh folder. */
export interface Cell {
  readonly node: keyof typeof NODE
  /** Which better-sqlite3, or Node's own. */
  readonly sqlite: keyof typeof BETTER_SQLITE3 | 'node:sqlite'
  readonly openTelemetry: keyof typeof OPENTELEMETRY
  /** Installed by Yarn, which keeps packages in zip files and makes no node_modules; npm otherwise. */
  readonly yarn?: true
}

/** Combinations that are impossible, and why. */
export const APART: readonly { readonly why: string; apart(cell: Cell): boolean }[] = [
  {
    why: 'better-sqlite3 13 needs Node 22',
    apart: ({ node, sqlite }) => node < 22 && sqlite === 13,
  },
  {
    why: 'better-sqlite3 11 does not compile for Node 26',
    apart: ({ node, sqlite }) => node >= 26 && sqlite === 11,
  },
  {
    why: '`node:sqlite` can be observed from Node 22.16 and 24 on',
    apart: ({ node, sqlite }) => node < 22 && sqlite === 'node:sqlite',
  },
  {
    why: 'OpenTelemetry JS 3.x needs Node 22.15',
    apart: ({ node, openTelemetry }) => node < 22 && openTelemetry === '3.x',
  },
]

export function allCells(): Cell[] {
  const automatic = ([22, 24, 26] as const).map((node): Cell => {
    return { node, sqlite: 13, openTelemetry: 'auto-instrumentations-node' }
  })
  const combined = keys(NODE).flatMap((node) =>
    ([...keys(BETTER_SQLITE3), 'node:sqlite'] as const).flatMap((sqlite) =>
      (['none', '2.x', '3.x'] as const).flatMap((openTelemetry) => {
        const cell: Cell = { node, sqlite, openTelemetry }
        return APART.some(({ apart }) => apart(cell)) ? [] : [cell]
      }),
    ),
  )
  return [...combined, ...automatic, ...YARN]
}

const YARN: readonly Cell[] = [
  { node: 24, sqlite: 13, openTelemetry: 'none', yarn: true },
  { node: 24, sqlite: 13, openTelemetry: '2.x', yarn: true },
]

/** The oldest and newest versions in common use. */
export const QUICK: readonly Cell[] = [
  { node: 20, sqlite: 12, openTelemetry: 'none' },
  { node: 24, sqlite: 13, openTelemetry: '2.x' },
  { node: 24, sqlite: 'node:sqlite', openTelemetry: 'none' },
  { node: 24, sqlite: 13, openTelemetry: 'none', yarn: true },
]

export function nameOf({ node, sqlite, openTelemetry, yarn }: Cell): string {
  const otel = openTelemetry === 'none' ? 'no SDK' : `OpenTelemetry ${openTelemetry}`
  const driver = sqlite === 'node:sqlite' ? sqlite : `better-sqlite3 ${sqlite}`
  return `Node ${node}, ${driver}, ${otel}${yarn ? ', Yarn PnP' : ''}`
}

function keys<K extends number>(record: Readonly<Record<K, string>>): K[] {
  return Object.keys(record).map(Number) as K[]
}
