/** What is read of a database here: `all` rows of a query. */
export type Query = (sql: string, ...parameters: unknown[]) => Record<string, unknown>[]

export interface ColumnFacts {
  readonly name: string
  /** As it was declared, in capitals; empty where it was not. */
  readonly type: string
  readonly nullable: boolean
  /** As SQL, such as `'pending'`. */
  readonly preset: string | undefined
  /** Its place in the primary key, from 1; 0 where it is not in it. */
  readonly pk: number
  /** Whether it alone is unique, other than as the primary key. */
  readonly unique: boolean
  readonly references: Reference | undefined
}

interface Reference {
  readonly table: string
  /** Undefined for that table's primary key. */
  readonly column: string | undefined
}

export interface TableFacts {
  readonly name: string
  /** The statement by which it was created, with its comments. */
  readonly sql: string
  readonly columns: readonly ColumnFacts[]
}

/** Rows that are looked at for the words in them: the agent waits meanwhile. */
const MOST_ROWS = 2000
/** A column with more words is not a status. */
const MOST_WORDS = 50

/** The agent's own tables, by name. */
export function tablesOf(query: Query): TableFacts[] {
  const tables = query(`SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
    AND name NOT LIKE '\\_goaltrace%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`)
  return tables.map(({ name, sql }) => factsOf(String(name), String(sql), query))
}

/** Undefined where there is none of that name. */
export function tableOf(table: string, query: Query): TableFacts | undefined {
  const [found] = query(
    `SELECT name, sql FROM main.sqlite_schema WHERE type = 'table' AND lower(name) = lower(?)`,
    table,
  )
  return found && factsOf(String(found.name), String(found.sql), query)
}

function factsOf(name: string, sql: string, query: Query): TableFacts {
  // Statements, not table-valued functions, which DatabaseSync#deserialize leaves dangling.
  const pragma = (what: string, of = name) => query(`PRAGMA main.${what}(${quoted(of)})`)
  const references = new Map(
    pragma('foreign_key_list').map(({ from, table, to }) => [
      String(from).toLowerCase(),
      { table: String(table), column: to === null ? undefined : String(to) },
    ]),
  )
  const unique = pragma('index_list')
    .filter((index) => index.unique && index.origin !== 'pk' && !index.partial)
    .map((index) => pragma('index_info', String(index.name)))
    .flatMap((columns) => (columns.length === 1 ? [String(columns[0]?.name).toLowerCase()] : []))
  const columns = pragma('table_xinfo').map((column): ColumnFacts => {
    const of = String(column.name)
    return {
      name: of,
      type: String(column.type ?? '').toUpperCase(),
      nullable: Number(column.notnull) === 0,
      preset: column.dflt_value === null ? undefined : String(column.dflt_value),
      pk: Number(column.pk),
      unique: unique.includes(of.toLowerCase()),
      references: references.get(of.toLowerCase()),
    }
  })
  return { name, sql, columns }
}

/** The words in a column, of the first rows and, where they have an order, the last. */
export function wordsIn(table: string, column: string, query: Query): string[] {
  const some = (order: string) =>
    query(`SELECT DISTINCT word FROM (SELECT ${quoted(column)} AS word FROM main.${quoted(table)} ${order}
      LIMIT ${MOST_ROWS}) LIMIT ${MOST_WORDS}`).map(({ word }) => String(word))
  try {
    return [...new Set([...some(''), ...some('ORDER BY rowid DESC')])]
  } catch {
    // A table WITHOUT ROWID.
    return some('')
  }
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
