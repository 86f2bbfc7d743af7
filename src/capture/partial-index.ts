import { NOT_CODE } from '../sqlite/statement-kind.ts'

/** The rows that a partial index has: https://sqlite.org/partialindex.html. */
export interface PartialIndex {
  /** Its condition, which names columns without a table. */
  readonly where: string
  /** Columns whose change can bring a row into the index or out of it, perhaps with some more. */
  readonly columns: readonly string[]
}

/** @param sql The index as it was created. @returns undefined where a trigger cannot ask for its condition. */
export function partialIndex(
  sql: string,
  columns: readonly { readonly name: string; readonly generated: boolean }[],
): PartialIndex | undefined {
  const where = whereOf(sql)
  // These throw on text that is not JSON; in a trigger they would even where the agent's statement never uses the index.
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
