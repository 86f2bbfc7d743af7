import { NOT_CODE } from '../sqlite/statement-kind.ts'

/** Of a partial index, which rows it keeps apart: https://sqlite.org/partialindex.html. */
export interface PartialIndex {
  /** Its condition, by the names of columns alone. */
  readonly where: string
  /** Columns by which a row comes into the index or leaves it; some more where that is not certain. */
  readonly columns: readonly string[]
}

/** @param sql The index as it was created. Undefined where its condition cannot be asked for in a trigger. */
export function partialIndex(
  sql: string,
  columns: readonly { readonly name: string; readonly generated: boolean }[],
): PartialIndex | undefined {
  const where = whereOf(sql)
  // Of text that is no JSON these throw, and in a trigger also where the agent's statement never comes to its index.
  if (where === undefined || /json|->/i.test(where)) return undefined
  const text = where.toLowerCase().replaceAll('""', '"')
  const named = columns.filter(({ name }) => text.includes(name.toLowerCase()))
  if (named.length === 0) return undefined
  const all = named.some(({ generated }) => generated) ? columns : named
  return { where, columns: all.map(({ name }) => name) }
}

function whereOf(sql: string): string | undefined {
  const code = sql.replace(NOT_CODE, (text) => ' '.repeat(text.length))
  let depth = 0
  for (const { 0: found, index } of code.matchAll(/[()]|\bwhere\b/gi)) {
    if (found === '(') depth++
    else if (found === ')') depth--
    else if (depth === 0) return sql.slice(index + found.length)
  }
  return undefined
}
