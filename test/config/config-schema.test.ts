import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { check } from '../../src/base/check.ts'
import type { Rule } from '../../src/base/rules.ts'
import { WHOLE_CONFIG_FILE } from '../../src/mapping/configured-files.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const SCHEMA = JSON.parse(readFileSync(`${ROOT}/goaltrace.config.schema.json`, 'utf8')) as Schema

interface Schema {
  readonly type?: SchemaType | readonly SchemaType[]
  readonly anyOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly $ref?: string
  readonly definitions?: Readonly<Record<string, Schema>>
  readonly pattern?: string
  readonly enum?: readonly unknown[]
  readonly minLength?: number
  readonly minimum?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | false
  readonly description?: string
}

type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null'

/** As JSON Schema's draft 7 has it, for those of its words that the file uses. */
function fits(value: unknown, schema: Schema): boolean {
  if (schema.enum) return schema.enum.includes(value)
  if (schema.$ref) return fits(value, SCHEMA.definitions?.[schema.$ref.replace('#/definitions/', '')] as Schema)
  if (schema.allOf) return schema.allOf.every((one) => fits(value, one))
  if (schema.anyOf) return schema.anyOf.some((one) => fits(value, one))
  if (Array.isArray(schema.type)) return schema.type.some((type) => fits(value, { ...schema, type }))
  if (schema.type === 'null') return value === null
  if (schema.type === 'boolean') return typeof value === 'boolean'
  if (schema.type === 'string') {
    const isLong = typeof value === 'string' && value.length >= (schema.minLength ?? 0)
    return isLong && new RegExp(schema.pattern ?? '', 'u').test(value)
  }
  if (schema.type === 'number') return typeof value === 'number' && value >= (schema.minimum ?? -Infinity)
  if (schema.type === 'integer') return Number.isInteger(value) && Number(value) >= (schema.minimum ?? -Infinity)
  if (schema.type === 'array') return Array.isArray(value) && value.every((item) => fits(item, schema.items ?? {}))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return (
    (schema.required ?? []).every((key) => key in value) &&
    Object.entries(value).every(([key, part]) => {
      const known = schema.properties && Object.hasOwn(schema.properties, key) ? schema.properties[key] : undefined
      const rule = known ?? schema.additionalProperties
      return rule !== false && rule !== undefined && fits(part, rule)
    })
  )
}

/** A rule without what a schema cannot say: how its parts go together. */
function apart({ fault, ...rule }: Rule): Rule {
  const fields = rule.fields && Object.entries(rule.fields).map(([key, field]) => [key, apart(field)])
  return {
    ...rule,
    ...(fields && { fields: Object.fromEntries(fields) }),
    ...(rule.items && { items: apart(rule.items) }),
    ...(rule.choices && { choices: rule.choices.map(apart) }),
  }
}

const RULE = apart(WHOLE_CONFIG_FILE)

function taken(content: unknown): boolean {
  try {
    check('test', 'content', content, RULE)
    return true
  } catch {
    return false
  }
}

const name = fc.constantFrom(...'abcdefghij', '')
const odd = fc.constantFrom<unknown>(null, 5, [], {}, 'word', true)
/** Mostly as it should be: most mistakes are one. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: arbitrary as fc.Arbitrary<unknown>, weight: 40 }, { arbitrary: odd, weight: 1 })
const columns = fc.record(
  { goalId: mostly(name), status: mostly(name), tokensUsed: mostly(name), deletedAt: mostly(name) },
  { requiredKeys: ['goalId', 'status'] },
)
const table = fc.record(
  {
    table: mostly(name),
    columns: mostly(columns),
    statuses: mostly(fc.dictionary(name, mostly(fc.constantFrom('active', 'cleared', 'complete')))),
    thread: mostly(name),
    usage: mostly(
      fc.record({ table: name, goalId: name, tokens: mostly(name) }, { requiredKeys: ['table', 'goalId', 'tokens'] }),
    ),
  },
  { requiredKeys: ['table', 'columns'] },
)
const path = fc.constantFrom('a', 'a.b', 'a.b.c', '', '.a', 'a..b')
const word = fc.constantFrom<unknown>('x', 1, true, null)
const conditions = fc.dictionary(
  path,
  mostly(
    fc.oneof(
      word,
      fc.array(word, { maxLength: 2 }),
      fc.record({ not: word }),
      fc.record({ is: fc.constantFrom('thread') }),
    ),
  ),
  { maxKeys: 2 },
)
const unit = mostly(fc.constantFrom('s', 'ms'))
const value = fc.oneof(
  mostly(path),
  fc.record({ join: fc.array(path, { maxLength: 2 }) }),
  fc.record({ at: path, unit }, { requiredKeys: ['at'] }),
  fc.record({ from: path, to: path, less: path, unit }, { requiredKeys: ['from', 'to', 'unit'] }),
)
const field = fc.oneof(value, fc.array(value, { maxLength: 2 }))
const source = fc.oneof(
  mostly(path),
  fc.record({ line: mostly(conditions), at: path, until: conditions }, { requiredKeys: ['line', 'at'] }),
  fc.record({ file: mostly(fc.constantFrom('name', 'folder')) }),
  fc.record({ key: mostly(fc.constantFrom(1, 2, 0)) }),
)
const meaning = fc.constantFrom('active', 'cleared', '?')
const status = fc.oneof(mostly(meaning), fc.record({ when: conditions, is: mostly(meaning) }))
const kind = fc.record(
  {
    each: mostly(path),
    records: mostly(
      fc.array(
        fc.record(
          { where: mostly(conditions), at: path, merge: mostly(fc.boolean()), add: fc.dictionary(name, path) },
          { requiredKeys: ['where'] },
        ),
        { maxLength: 2 },
      ),
    ),
    fields: mostly(fc.record({ goalId: field, status: field, tokensUsed: field }, { requiredKeys: ['status'] })),
    statuses: mostly(fc.dictionary(name, fc.oneof(status, fc.array(status, { maxLength: 2 })))),
  },
  { requiredKeys: ['fields'] },
)
const file = fc.record(
  {
    path: mostly(fc.array(mostly(name), { maxLength: 2 })),
    read: mostly(fc.constantFrom('lines', 'whole')),
    thread: source,
    time: fc.oneof(mostly(path), fc.record({ at: path, unit })),
    lineId: mostly(path),
    goals: mostly(fc.array(mostly(kind), { maxLength: 2 })),
  },
  { requiredKeys: ['path', 'read', 'goals'] },
)
const misspelt = (given: unknown, at: number) =>
  at > 0 ? given : JSON.parse(JSON.stringify(given).replace(/"(tokensUsed|usage|durability)"/, '"$1s"'))
const content = fc
  .tuple(
    mostly(
      fc.record(
        {
          $schema: mostly(fc.constant('./goaltrace.config.schema.json')),
          tables: mostly(fc.array(mostly(table), { maxLength: 2 })),
          files: mostly(fc.array(mostly(file), { maxLength: 1 })),
          durability: mostly(fc.constantFrom('outbox', 'memory')),
          maxOutboxRows: mostly(fc.constantFrom(1, 2, 1000, 0, 0.5)),
        },
        { requiredKeys: [] },
      ),
    ),
    fc.nat(12),
  )
  .map(([given, at]) => misspelt(given, at))

describe('goaltrace.config.schema.json', () => {
  it('is as the rules in src/mapping give it', () => {
    execFileSync(process.execPath, ['scripts/config-schema.ts', '--check'], { cwd: ROOT })
  })

  it('takes what goaltrace takes, and nothing else', () => {
    const verdicts = { taken: 0, refused: 0 }
    fc.assert(
      fc.property(content, (content) => {
        expect(fits(content, SCHEMA)).toBe(taken(content))
        verdicts[taken(content) ? 'taken' : 'refused']++
      }),
      { numRuns: 2000 },
    )
    expect(Math.min(verdicts.taken, verdicts.refused)).toBeGreaterThan(100)
  })

  it('describes every key but its own', () => {
    const undescribed = (schema: Schema, path: string): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, part]) => [
        ...(part.description ? [] : [`${path}.${key}`]),
        ...undescribed(part.items ?? part, `${path}.${key}`),
      ])
    expect(undescribed(SCHEMA, '')).toEqual(['.$schema'])
  })

  it('is what the examples fit', () => {
    const examples = ['own-table', 'primary-goal', 'soft-delete', 'usage-table']
    const files = examples.map((example) => readFileSync(`${ROOT}/examples/${example}/goaltrace.config.json`, 'utf8'))
    expect(files.map((text) => fits(JSON.parse(text), SCHEMA))).toEqual([true, true, true, true])
  })
})
