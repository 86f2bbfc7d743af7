import { meaningOf } from './status-words.ts'
import { type ColumnFacts, type Query, type TableFacts, wordsIn } from './table-facts.ts'

/** Words of one column that are looked at. */
export const MOST_WORDS = 50

/** What is known of the words in a column: the one that a new row gets, those that are allowed, were captured, or are there; `null` for none. */
export function columnWords(table: TableFacts, column: ColumnFacts, query: Query): string[] {
  const there = [...outboxWords(table, query), ...wordsIn(table.name, column.name, query)]
  return [...new Set([...presetWords(column), ...allowedWords(column, table), ...there])]
}

/** The word that a new row gets, by the column's DEFAULT; none without one. */
export function presetWords({ preset }: ColumnFacts): string[] {
  return preset === undefined ? [] : literals(preset)
}

/** The words or codes that a CHECK allows a column. */
export function allowedWords({ name }: ColumnFacts, { sql }: TableFacts): string[] {
  const own = `\\b${name.replace(/\W/g, '\\$&')}["'\`\\]]?`
  const code = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
  const list = new RegExp(`${own}\\s+IN\\s*\\(([^)]*)\\)`, 'i').exec(code)?.[1] ?? ''
  const each = [...code.matchAll(new RegExp(`${own}\\s*={1,2}\\s*('[^']*')`, 'gi'))].map(([, word = '']) => word)
  return [list, ...each].flatMap(literals)
}

/** `0 = open, 1 = done` in the comment behind a column. */
export function explainedCodes(column: ColumnFacts, table: TableFacts): [code: string, name: string][] {
  const codes = commentOf(column, table).matchAll(/(-?\b\d+)\s*(?:[=:]|->|=>|→|-)\s*['"]?([a-z]\w*(?:[ -][a-z]\w*)?)/gi)
  return [...codes].map(([, code = '', name = '']) => [code, name])
}

/** `pending | running | parked` in the comment behind a column, where one of them is known. */
export function explainedWords(column: ColumnFacts, table: TableFacts): string[] {
  const list = /['"]?[\w-]+['"]?(?:\s*[|,/]\s*['"]?[\w-]+['"]?)+/.exec(commentOf(column, table))?.[0] ?? ''
  const words = list.split(/[|,/]/).map((word) => word.replace(/['"\s]/g, ''))
  return words.length > 1 && words.some(meaningOf) ? words : []
}

/** The texts and whole numbers in a piece of SQL. */
function literals(sql: string): string[] {
  return [...sql.matchAll(/'((?:[^']|'')*)'|"([^"]*)"|(-?\b\d+\b)/g)].map(([, text, quotedText, number]) => {
    return (text ?? quotedText ?? number ?? '').replaceAll("''", "'")
  })
}

/** In the line that declares a column; SQLite keeps the text of CREATE TABLE with its comments. */
function commentOf({ name }: ColumnFacts, { sql }: TableFacts): string {
  const own = new RegExp(`(?:^|[\\s("'\`[,])${name.replace(/\W/g, '\\$&')}["'\`\\]]?\\s`, 'i')
  const line = sql.split('\n').find((one) => own.test(one.replace(/--.*$/, ''))) ?? ''
  return /--(.*)$/.exec(line)?.[1] ?? /\/\*(.*?)\*\//.exec(line)?.[1] ?? ''
}

/** Words of changes that goaltrace has captured of this table, whose rows may be gone by now. */
function outboxWords({ name }: TableFacts, query: Query): string[] {
  const own = query(`SELECT name FROM main.sqlite_schema WHERE name IN ('_goaltrace_outbox', '_goaltrace_senders')`)
  if (own.length < 2) return []
  try {
    return query(
      `SELECT DISTINCT word FROM (SELECT status AS word, sender FROM main._goaltrace_outbox
        UNION SELECT old_status, sender FROM main._goaltrace_outbox) AS seen
      JOIN main._goaltrace_senders AS senders ON senders.id = seen.sender
      WHERE word IS NOT NULL AND json_extract(senders.sender, '$.table.table') = ? LIMIT ${MOST_WORDS}`,
      name,
    ).map(({ word }) => String(word))
  } catch {
    // Something else has written to it: what is in the table itself counts.
    return []
  }
}
