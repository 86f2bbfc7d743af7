/**
 * The shapes of Weaver's definition/2 format as far as goaltrace's registry uses it
 * (https://github.com/open-telemetry/weaver/blob/main/schemas/semconv-syntax.v2.md). Weaver has no npm package.
 */

export interface Member {
  readonly id: string
  readonly value: string
  readonly brief: string
}
export interface Attribute {
  readonly key: string
  readonly type: string | { readonly members: readonly Member[] }
  readonly brief: string
  readonly note?: string
  readonly examples?: readonly unknown[]
}
export interface Ref {
  readonly ref?: string
  readonly ref_group?: string
  readonly requirement_level?: string | Readonly<Record<string, string>>
}
interface Signal {
  readonly brief: string
  readonly note?: string
  readonly attributes: readonly Ref[]
}
export interface Group extends Signal {
  readonly id: string
  readonly visibility: 'public' | 'internal'
}
export interface Event extends Signal {
  readonly name: string
}
export interface Span extends Signal {
  readonly type: string
  readonly kind: string
  readonly name: { readonly note: string }
}
export interface Metric extends Signal {
  readonly name: string
  readonly instrument: string
  readonly unit: string
}
export interface Definitions {
  readonly attributes: Attribute[]
  readonly attribute_groups: Group[]
  readonly events: Event[]
  readonly spans: Span[]
  readonly metrics: Metric[]
}

export const SCALAR_TYPES = ['string', 'int', 'double', 'boolean'] as const

/** Returns what is wrong with a value, worded to follow its name; nothing where it is right. */
type Shape = (value: unknown) => string[]

const text: Shape = (value) => (typeof value === 'string' && value.trim() !== '' ? [] : ['is not a text'])

const oneOf =
  (...allowed: readonly string[]): Shape =>
  (value) =>
    allowed.includes(value as string) ? [] : [`is not one of ${allowed.join(', ')}`]

const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.length > 0
      ? value.flatMap((one, index) => shape(one).map((error) => `[${titleOf(one) ?? index}]${spaced(error)}`))
      : ['is not a list of at least one']

/** A map with these keys and no others; a key that ends in `?` may be absent. */
const map =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) => {
    if (!isMap(value)) return ['is not a map']
    const known = new Map(Object.entries(shapes).map(([key, shape]) => [key.replace('?', ''), shape]))
    const missing = Object.keys(shapes).filter((key) => !key.endsWith('?') && !(key in value))
    const wrong = Object.entries(value).flatMap(([key, one]) => {
      const shape = known.get(key)
      return shape ? shape(one).map((error) => `.${key}${spaced(error)}`) : [`has the unknown key ${key}`]
    })
    return [...missing.map((key) => `has no ${key}`), ...wrong]
  }

const stability = oneOf('stable', 'development', 'alpha', 'beta', 'release_candidate')
const type: Shape = (value) =>
  isMap(value)
    ? map({ members: listOf(map({ id: text, value: text, brief: text, stability })) })(value)
    : oneOf(...SCALAR_TYPES)(value)
const level: Shape = (value) =>
  isMap(value) ? map({ conditionally_required: text })(value) : oneOf('required', 'recommended', 'opt_in')(value)
const ref: Shape = (value) =>
  isMap(value) && 'ref_group' in value
    ? map({ ref_group: text })(value)
    : map({ ref: text, requirement_level: level })(value)
const signal = { brief: text, 'note?': text, stability, attributes: listOf(ref) }
const examples: Shape = (value) => (Array.isArray(value) && value.length > 0 ? [] : ['is not a list of at least one'])
const group: Shape = (value) =>
  isMap(value) && value.visibility === 'internal'
    ? map({ id: text, visibility: text, attributes: listOf(ref) })(value)
    : map({ id: text, visibility: oneOf('public', 'internal'), ...signal })(value)

export const manifestShape = map({
  name: text,
  description: text,
  schema_url: text,
  stability,
  'dependencies?': listOf(map({ schema_url: text, registry_path: text })),
})

export const fileShape = map({
  file_format: oneOf('definition/2'),
  'attributes?': listOf(map({ key: text, type, brief: text, 'note?': text, stability, 'examples?': examples })),
  'attribute_groups?': listOf(group),
  'events?': listOf(map({ name: text, ...signal })),
  'spans?': listOf(map({ type: text, kind: oneOf('internal'), name: map({ note: text }), ...signal })),
  'metrics?': listOf(
    map({
      name: text,
      instrument: oneOf('counter', 'updowncounter', 'gauge', 'histogram'),
      unit: text,
      annotations: map({ code_generation: map({ metric_value_type: oneOf('int', 'double') }) }),
      ...signal,
    }),
  ),
})

/** The text of a definition as one paragraph. */
export function textOf({ brief, note }: { readonly brief: string; readonly note?: string }): string {
  return [brief, note].filter(Boolean).join(' ').replace(/\s+/g, ' ').trim()
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function titleOf(value: unknown): unknown {
  if (!isMap(value)) return undefined
  return [value.key, value.id, value.type, value.name, value.ref].find((one) => typeof one === 'string')
}

function spaced(error: string): string {
  return /^[.[]/.test(error) ? error : ` ${error}`
}
