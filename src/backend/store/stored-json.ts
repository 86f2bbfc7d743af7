import type { Database, Statement } from 'better-sqlite3'

/** Answers are JSON text from the start: stored JSON goes out as it is, so that nothing of it can change on the way. */

/** Integers are bigints. */
export type Row = Readonly<Record<string, unknown>>

const prepared = new WeakMap<Database, Map<string, Statement>>()

/** The statement for a text, made once; its integers are bigints. */
export function query(database: Database, sql: string): Statement<unknown[], Row> {
  const known = prepared.get(database) ?? new Map<string, Statement>()
  prepared.set(database, known)
  const statement = known.get(sql) ?? database.prepare(sql).safeIntegers()
  known.set(sql, statement)
  return statement as Statement<unknown[], Row>
}

/** Characters of one answer, of which the last row may be beyond: rows with texts of a megabyte must not fill the memory. */
const LONGEST = 16 * 1024 * 1024

/**
 * As many of the rows as one answer may hold.
 * @param length Characters that are in it already.
 */
export function bounded(rows: Iterable<Row>, length = 0): { rows: Row[]; cut: boolean; length: number } {
  const taken: Row[] = []
  for (const row of rows) {
    if (length > LONGEST) return { rows: taken, cut: true, length }
    taken.push(row)
    for (const value of Object.values(row)) if (typeof value === 'string') length += value.length
  }
  return { rows: taken, cut: false, length }
}

/**
 * A T from members that are JSON text already; null for undefined and null. What T has and the members have not, or the
 * other way round, does not compile.
 */
export function jsonObject<T extends object>(members: { readonly [Name in keyof T]-?: unknown }): string {
  return `{${Object.entries(members)
    .map(([name, text]) => `"${name}":${text ?? 'null'}`)
    .join(',')}}`
}

export function jsonList(texts: readonly string[]): string {
  return `[${texts.join(',')}]`
}

/** @param ns Nanoseconds since 1970, or null. */
export function jsonTime(ns: unknown): string {
  return ns === null ? 'null' : `"${new Date(Number((ns as bigint) / 1_000_000n)).toISOString()}"`
}
