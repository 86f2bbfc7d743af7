/**
 * Writes the JSON Schema of goaltrace.config.json; with --check it reports whether it is out of date with the rules in
 * src/mapping.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Schema } from '../src/base/rules.ts'
import { WHOLE_CONFIG_FILE } from '../src/mapping/configured-files.ts'
import { CONDITIONS, FIELD, SOURCE, STATUS, VALUE } from '../src/mapping/goal-file-rules.ts'

const FILE = 'goaltrace.config.schema.json'
const root = join(import.meta.dirname, '..')

/** What the types say about each of their keys. */
function docs(source: string, name: string): Map<string, string> {
  const text = readFileSync(join(root, 'src', source), 'utf8')
  const body = new RegExp(String.raw`export interface ${name}\b[^{]*\{\n(.*?)\n\}`, 's').exec(text)?.[1] ?? ''
  const keys = body.matchAll(/\/\*\*\s*((?:(?!\*\/).)*?)\s*\*\/\s*readonly (\w+)/gs)
  return new Map([...keys].map(([, says = '', key = '']) => [key, says.replace(/\s*\n\s*\*\s*/g, ' ')]))
}

interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>
}

function described(schema: ObjectSchema, says: Map<string, string>, within: Record<string, unknown> = {}): Schema {
  const properties = Object.entries(schema.properties).map(([key, property]) => {
    return [key, { ...((within[key] as Schema | undefined) ?? property), description: says.get(key) }]
  })
  return { ...schema, properties: Object.fromEntries(properties) }
}

const file = WHOLE_CONFIG_FILE.schema as ObjectSchema
const tables = file.properties.tables as { items: ObjectSchema }
const { columns, usage } = tables.items.properties as { columns: ObjectSchema; usage: ObjectSchema }
const table = described(tables.items, docs('mapping/goal-table.ts', 'GoalTable'), {
  columns: described(columns, docs('mapping/goal-table.ts', 'GoalColumns')),
  usage: described(usage, docs('mapping/goal-table.ts', 'GoalUsageTable')),
})
const OF_FILES = 'mapping/goal-files.ts'
const files = file.properties.files as { items: ObjectSchema }
const goals = files.items.properties.goals as { items: ObjectSchema }
const { records, fields } = goals.items.properties as { records: { items: ObjectSchema }; fields: ObjectSchema }
const kind = described(goals.items, docs(OF_FILES, 'FileGoals'), {
  records: { ...records, items: described(records.items, docs(OF_FILES, 'GoalRecord')) },
  fields: described(fields, docs(OF_FILES, 'GoalFileFields')),
})
const filesItem = described(files.items, docs(OF_FILES, 'GoalFiles'), { goals: { ...goals, items: kind } })
const prices = described(file.properties.prices as ObjectSchema, docs('goal/prices.ts', 'Prices'))
const says = new Map([
  ...docs('mapping/config-file.ts', 'Configuration'),
  ...docs('mapping/config-file.ts', 'FileConfiguration'),
])
const schema = described(file, says, {
  tables: { ...tables, items: table },
  files: { ...files, items: filesItem },
  prices,
})
/** What stands in many places is there once. */
const DEFINED = { conditions: CONDITIONS, value: VALUE, field: FIELD, source: SOURCE, status: STATUS }
const names = new Map(Object.entries(DEFINED).map(([name, rule]) => [JSON.stringify(rule.schema), name]))

function referring(part: unknown, isWhole = false): unknown {
  if (Array.isArray(part)) return part.map((one) => referring(one))
  if (typeof part !== 'object' || part === null) return part
  const { description, ...own } = part as Schema
  const name = isWhole ? undefined : names.get(JSON.stringify(own))
  if (name !== undefined) {
    const reference = { $ref: `#/definitions/${name}` }
    return description === undefined ? reference : { description, allOf: [reference] }
  }
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, referring(one)]))
}

const definitions = Object.fromEntries(
  Object.entries(DEFINED).map(([name, rule]) => [name, referring(rule.schema, true)]),
)
const head = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'goaltrace.config.json' }
const content = `${JSON.stringify({ ...head, ...(referring(schema) as object), definitions }, null, 2)}\n`

const path = join(root, FILE)
if (!existsSync(path) || readFileSync(path, 'utf8') !== content) {
  if (process.argv.includes('--check')) {
    console.error(`${FILE} is not as src/mapping gives it. Run: node scripts/config-schema.ts`)
    process.exitCode = 1
  } else {
    writeFileSync(path, content)
  }
}
