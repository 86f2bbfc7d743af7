const NOT_CODE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g

/** What a SQL text does that may concern the triggers on a goal table; the gravest of it. */
export type Effect = 'none' | 'rows' | 'creates' | 'alters'

/** A word in a string, a quoted name or a comment is not taken for one. */
export function effectOf(sql: string): Effect {
  if (!/\b(?:insert|update|delete|replace|create|alter|drop)\b/i.test(sql)) return 'none'
  const code = sql.replace(NOT_CODE, ' ')
  if (/\b(?:alter|drop)\b/i.test(code)) return 'alters'
  if (/\bcreate\b/i.test(code)) return 'creates'
  return changesRows(sql) ? 'rows' : 'none'
}

export function changesRows(sql: string): boolean {
  return /\b(?:insert|update|delete|replace)\b/i.test(sql.replace(NOT_CODE, ' '))
}

export function isSingle(sql: string): boolean {
  return !/;\s*[^\s;]/.test(sql.replace(NOT_CODE, ' '))
}
