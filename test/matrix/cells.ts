/** The versions that are installed; the newest of each line that was there when this was written. */
export const NODE = { 20: '20.20.2', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' } as const
/**
 * What better-sqlite3 11 and 12 are compiled with. Those of Node 24.19 and newer make any of their programs abort when a
 * statement is collected (https://github.com/nodejs/node/issues/65446); the binaries that are published are older.
 */
export const HEADERS = { ...NODE, 24: '24.18.1' } as const
export const BETTER_SQLITE3 = { 11: '11.10.0', 12: '12.11.1', 13: '13.2.0' } as const
/** Packages of an app that brings an SDK of its own; an app that brings none gets the API as goaltrace's peer. */
export const OPENTELEMETRY = {
  none: {},
  '2.x': { '@opentelemetry/api': '1.9.1', '@opentelemetry/sdk-node': '0.223.0' },
  '3.x': { '@opentelemetry/api': '1.10.0', '@opentelemetry/sdk-node': '0.301.0' },
} as const

/** One app in a fresh folder. */
export interface Cell {
  readonly node: keyof typeof NODE
  readonly betterSqlite3: keyof typeof BETTER_SQLITE3
  readonly openTelemetry: keyof typeof OPENTELEMETRY
}

/** What cannot be combined, whoever would want to, and why. */
export const APART: readonly { readonly why: string; apart(cell: Cell): boolean }[] = [
  {
    why: 'better-sqlite3 13 needs Node 22',
    apart: ({ node, betterSqlite3 }) => node < 22 && betterSqlite3 >= 13,
  },
  {
    why: 'better-sqlite3 11 does not compile for Node 26',
    apart: ({ node, betterSqlite3 }) => node >= 26 && betterSqlite3 <= 11,
  },
  {
    why: 'OpenTelemetry JS 3.x needs Node 22.15',
    apart: ({ node, openTelemetry }) => node < 22 && openTelemetry === '3.x',
  },
]

export function allCells(): Cell[] {
  return keys(NODE).flatMap((node) =>
    keys(BETTER_SQLITE3).flatMap((betterSqlite3) =>
      (['none', '2.x', '3.x'] as const).flatMap((openTelemetry) => {
        const cell: Cell = { node, betterSqlite3, openTelemetry }
        return APART.some(({ apart }) => apart(cell)) ? [] : [cell]
      }),
    ),
  )
}

/** The two ends of what most people have. */
export const QUICK: readonly Cell[] = [
  { node: 20, betterSqlite3: 12, openTelemetry: 'none' },
  { node: 24, betterSqlite3: 13, openTelemetry: '2.x' },
]

export function nameOf({ node, betterSqlite3, openTelemetry }: Cell): string {
  const otel = openTelemetry === 'none' ? 'no SDK' : `OpenTelemetry ${openTelemetry}`
  return `Node ${node}, better-sqlite3 ${betterSqlite3}, ${otel}`
}

function keys<K extends number>(record: Readonly<Record<K, string>>): K[] {
  return Object.keys(record).map(Number) as K[]
}
