/** Strings, quoted names and comments. */
export const NOT_CODE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g

/** A statement of the agent's, always the same object for one. */
export interface Source {
  readonly source: string
}

/**
 * What a SQL text does, as far as the triggers on a goal table are concerned; of several statements the gravest.
 * `create` and `alter` are DDL: `alter` (ALTER, DROP) may fail while the triggers stand or take them away, `create` not.
 */
export type StatementKind = 'other' | 'dml' | 'create' | 'alter'

/** A word in a string, a quoted name or a comment is not taken for one. */
export function kindOfSql(sql: string): StatementKind {
  if (!/\b(?:insert|update|delete|replace|create|alter|drop|temp_store)\b/i.test(sql)) return 'other'
  const code = sql.replace(NOT_CODE, ' ')
  if (/\b(?:alter|drop)\b/i.test(code)) return 'alter'
  // Setting temp_store drops what is temporary, triggers too (https://sqlite.org/pragma.html#pragma_temp_store).
  if (/\b(?:create|temp_store)\b/i.test(code)) return 'create'
  return /\b(?:insert|update|delete|replace)\b/i.test(code) ? 'dml' : 'other'
}

const kinds = new WeakMap<Source, StatementKind>()

/** The same, read once for each statement. */
export function kindOfStatement(statement: Source): StatementKind {
  let kind = kinds.get(statement)
  if (kind === undefined) {
    kind = kindOfSql(statement.source)
    kinds.set(statement, kind)
  }
  return kind
}
