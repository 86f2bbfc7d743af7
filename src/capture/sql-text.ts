import { NOT_CODE } from '../sqlite/statement-kind.ts'

/** Matches a text that names one of these tables. */
export function mentionOf(tables: readonly string[]): RegExp {
  return new RegExp(tables.map(pattern).join('|') || '(?!)', 'i')
}

/** Matches a text that changes rows of one of these tables itself. */
export function changeOf(tables: readonly string[]): RegExp {
  const verb = String.raw`\b(?:into|update(?:\s+or\s+\w+)?|delete\s+from)\s+(?:"?main"?\s*\.\s*)?`
  return new RegExp(`${verb}["'\`[]?(?:${tables.map(pattern).join('|') || '(?!)'})`, 'i')
}

const WRITTEN = /\b(?:into|update(?:\s+or\s+\w+)?|delete\s+from)\s+(?:["'`[]?main["'`\]]?\s*\.\s*)?["'`[]?(\w+)/i

/** The first table that a text changes rows of; undefined where it seems to change none. */
export function writtenTable(sql: string): string | undefined {
  return WRITTEN.exec(sql)?.[1]
}

/** Matches a text that drops this table. */
export function dropOf(table: string): RegExp {
  const drop = String.raw`\bdrop\s+table\s+(?:if\s+exists\s+)?(?:["'\`[]?main["'\`\]]?\s*\.\s*)?`
  return new RegExp(`${drop}["'\`[]?${pattern(table)}(?!\\w)`, 'i')
}

/**
 * Names can be quoted in several ways: a quote is doubled or not, and a character other than an ASCII letter may be
 * any.
 */
function pattern(name: string): string {
  return name.replace(/\W/g, '.{1,2}')
}

export function isSingle(sql: string): boolean {
  return !/;\s*[^\s;]/.test(sql.replace(NOT_CODE, ' '))
}

/**
 * The statements of a text, each with its semicolon. The text itself, where only SQLite can separate them: by the body
 * of a trigger, or by a quote that nothing closes.
 */
export function statementsOf(sql: string): string[] {
  const code = sql.replace(NOT_CODE, (part) => ' '.repeat(part.length))
  if (/["'`[\0]|\btrigger\b/i.test(code)) return [sql]
  const statements: string[] = []
  for (let start = 0; start < sql.length; ) {
    const end = code.indexOf(';', start) + 1 || sql.length
    if (code.slice(start, end).trim() !== '') statements.push(sql.slice(start, end))
    start = end
  }
  return statements.length === 0 ? [sql] : statements
}
