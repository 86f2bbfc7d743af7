const NOT_CODE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g

/** Whether a SQL text changes the schema; a word in a string, a quoted name or a comment is not taken for one. */
export function schemaChange(sql: string): 'none' | 'creates' | 'alters' {
  if (!/\b(?:create|alter|drop)\b/i.test(sql)) return 'none'
  const code = sql.replace(NOT_CODE, ' ')
  if (/\b(?:alter|drop)\b/i.test(code)) return 'alters'
  return /\bcreate\b/i.test(code) ? 'creates' : 'none'
}

export function changesRows(sql: string): boolean {
  return /\b(?:insert|update|delete|replace)\b/i.test(sql.replace(NOT_CODE, ' '))
}

export function isSingle(sql: string): boolean {
  return !/;\s*[^\s;]/.test(sql.replace(NOT_CODE, ' '))
}
