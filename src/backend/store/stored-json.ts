import type { Database, Statement } from 'better-sqlite3'

/** Answers are built as JSON text, so that stored JSON goes out unchanged. */

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

/** Characters of one answer, which its last row may exceed: rows with texts of a megabyte must not fill the memory. */
const LONGEST = 16 * 1024 * 1024

/**
 * As many of the rows as one answer may hold.
 * @param length Characters that the answer has already.
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
 * A T from members that are JSON text already; null for undefined and null. A key that only one of T and the members has
 * does not compile.
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
