import { MOST_WORDS } from './column-words.ts'
import { isText, named } from './goal-columns.ts'
import { plainWord } from './plain-word.ts'
import { meaningOf } from './status-words.ts'
import { type ColumnFacts, type Query, quoted, type TableFacts, tableOf } from './table-facts.ts'

const LABELS = ['name', 'label', 'title', 'code', 'key', 'slug', 'value', 'status', 'state', 'description']

/** What the values of a column are called in the table that they are keys of; undefined where there is none. */
export function enumeratedNames(column: ColumnFacts, of: TableFacts, query: Query): Map<string, string> | undefined {
  const table = enumerationOf(column, of, query)
  if (table === undefined) return undefined
  const key = column.references?.column?.toLowerCase()
  const id = table.columns.find(({ name, pk }) => (key ? name.toLowerCase() === key : pk === 1)) ?? table.columns[0]
  if (id === undefined) return undefined
  const isLabel = (one: ColumnFacts) => one !== id && (isText(one) || one.type === '')
  const label = named(table, LABELS, isLabel) ?? table.columns.find(isLabel) ?? id
  const rows = query(`SELECT ${quoted(id.name)} AS id, ${quoted(label.name)} AS name FROM main.${quoted(table.name)}
    LIMIT ${MOST_WORDS + 1}`)
  if (rows.length > MOST_WORDS) return undefined
  return new Map(rows.map(({ id, name }) => [String(id), String(meaningOf(String(id)) ? id : name)]))
}

function enumerationOf(column: ColumnFacts, { name }: TableFacts, query: Query): TableFacts | undefined {
  if (column.references) return tableOf(column.references.table, query)
  if (!/_id$/.test(plainWord(column.name))) return undefined
  const own = plainWord(name).replace(/s$/, '')
  const names = [`${own}_statuses`, `${own}_status`, `${own}_states`, 'statuses', 'status', 'states']
  return names.map((one) => tableOf(one, query)).find((found) => found !== undefined && found.name !== name)
}
