import type { Connection } from '../connection.ts'
import type { OpenDatabase, OwnDatabase } from '../open-database.ts'
import type { Value } from './record.ts'

/** Where the columns that are asked for are in a table's records. */
export interface TableLayout {
  readonly columns: readonly {
    /** The place in the record; the rowid itself for an INTEGER PRIMARY KEY, whose place holds NULL. */
    readonly at: number | 'rowid'
    /** Its value in a row that was written before the column was added. */
    readonly missing: Value
    /** Whether its length is kept in its place, since its text is confidential. */
    readonly lengthOnly?: boolean
  }[]
  /** The places of the primary key, of a table WITHOUT ROWID. */
  readonly key: readonly number[] | undefined
  /** How many columns of a record have to be looked at. */
  readonly depth: number
}

/** A column of a table, as SQLite understands its CREATE statement. */
export interface TableColumn {
  readonly name: string
  /** Undefined for a generated column that is not stored. */
  readonly at: number | 'rowid' | undefined
  readonly missing: Value
}

export interface TableColumns {
  readonly columns: readonly TableColumn[]
  readonly key: readonly number[] | undefined
}

/**
 * What SQLite itself makes of a CREATE TABLE statement, in a database in memory that has nothing else.
 * @throws what SQLite says of the statement.
 */
export function columnsOf(name: string, sql: string, open: OpenDatabase): TableColumns {
  const database = new open(':memory:', { timeout: 0 })
  try {
    createTable(database, sql)
    const all = (query: string) => database.prepare(query).all(name) as Record<string, unknown>[]
    const [table] = all('SELECT wr FROM pragma_table_list(?)')
    const found = all('SELECT cid, name, pk, hidden, dflt_value AS missing FROM pragma_table_xinfo(?)')
    const primary = all(`SELECT name FROM pragma_index_list(?) WHERE origin = 'pk'`)[0]?.name
    const order =
      table?.wr === 1
        ? (database.prepare('SELECT cid, key FROM pragma_index_xinfo(?) ORDER BY seqno').all(primary) as Key[])
        : found.filter(({ hidden }) => hidden !== 2).map(({ cid }) => ({ cid: cid as number, key: 0 }))
    const alias = table?.wr !== 1 && primary === undefined ? found.find(({ pk }) => pk === 1)?.cid : undefined
    return {
      columns: found.map(({ cid, name, missing }) => {
        const at = order.findIndex((one) => one.cid === cid)
        return {
          name: String(name),
          at: cid === alias ? 'rowid' : at < 0 ? undefined : at,
          missing: missing === null ? null : constant(database, String(missing)),
        }
      }),
      key: table?.wr === 1 ? order.flatMap(({ key }, at) => (key === 1 ? [at] : [])) : undefined,
    }
  } finally {
    database.close()
  }
}

interface Key {
  readonly cid: number
  readonly key: number
}

/** The layout for columns that were found. @param isLengthOnly Of a column, by its name. */
export function layoutOf(
  { key }: TableColumns,
  columns: readonly TableColumn[],
  isLengthOnly: (name: string) => boolean,
): TableLayout {
  const places = columns.flatMap(({ name, at, missing }) =>
    at === undefined ? [] : [{ at, missing, lengthOnly: isLengthOnly(name) }],
  )
  const depth = Math.max(
    0,
    ...places.map(({ at }) => (at === 'rowid' ? 0 : at + 1)),
    ...(key ?? []).map((at) => at + 1),
  )
  return { columns: places, key, depth }
}

/** Functions and collations that only the agent's connection has: no column's place or name depends on them. */
const MOST_UNKNOWN = 50

/** Makes a table or an index, in a database that has not the functions and collations of the one that it is from. */
export function createTable(to: OwnDatabase, sql: string): void {
  const database = to as unknown as Connection
  let text = sql
  for (let n = 0; ; n++) {
    try {
      database.exec(text)
      return
    } catch (error) {
      const [, kind, name = ''] = /no such (function|collation sequence): (.+)$/.exec(String(error)) ?? []
      if (kind === undefined || n >= MOST_UNKNOWN) throw error
      if (kind === 'function') define(database, name)
      else text = text.replace(new RegExp(`\\bCOLLATE\\s+["'\`[]?${escaped(name)}["'\`\\]]?`, 'gi'), '')
    }
  }
}

function define(database: Connection, name: string): void {
  const options = { directOnly: false, varargs: true, safeIntegers: false, deterministic: true }
  database.function(name, options, () => null)
}

function escaped(text: string): string {
  return text.replace(/\W/g, '\\$&')
}

/** A column that is added to rows that are there has a constant default; any other is in each record. */
function constant(database: { prepare(sql: string): { get(): unknown } }, expression: string): Value {
  try {
    return (database.prepare(`SELECT ${expression} AS value`).get() as { value: Value }).value
  } catch {
    // A bare or double-quoted word stands for itself (https://sqlite.org/quirks.html#dblquote).
    const [, quoted, bare] = /^(?:"(.*)"|(\w+))$/s.exec(expression) ?? []
    return quoted?.replaceAll('""', '"') ?? bare ?? null
  }
}
