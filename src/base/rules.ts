/**
 * What a value has to be. Options, goaltrace.config.json, goals and contexts are checked by such rules, and the JSON Schema
 * of goaltrace.config.json is made from them.
 */
export interface Rule {
  /** As a message names it: `true or false`. */
  readonly expected: string
  readonly fits: (given: unknown) => boolean
  /** Undefined for what JSON cannot express, such as a function. */
  readonly schema: Schema | undefined
  /** The least value of a number. */
  readonly least?: number
  /** The rules for the keys of an object. One that is not required may be undefined. */
  readonly fields?: Rules
  readonly required?: readonly string[]
  /** Whether other keys are allowed. */
  readonly open?: boolean
  /** The rule for each part of a list, or of an object with any keys. */
  readonly items?: Rule
  /** Rules of which one has to hold: the first that fits is the one that was meant. */
  readonly choices?: readonly Rule[]
  /** What is wrong with a value whose parts all fit, worded to follow the value's path in a message. */
  readonly fault?: (given: never) => string | undefined
}

export type Schema = Readonly<Record<string, unknown>>

export type Rules = Readonly<Record<string, Rule>>

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given)
const isText = (given: unknown) => typeof given === 'string'
const isFunction = (given: unknown) => typeof given === 'function'

export const ANYTHING: Rule = { expected: 'anything', fits: () => true, schema: {} }
export const TEXT: Rule = { expected: 'a text', fits: isText, schema: { type: 'string' } }
export const NAME: Rule = {
  expected: 'a name',
  fits: (given) => isText(given) && given !== '',
  schema: { type: 'string', minLength: 1 },
}
export const TRUE_OR_FALSE: Rule = {
  expected: 'true or false',
  fits: (given) => typeof given === 'boolean',
  schema: { type: 'boolean' },
}
export const FUNCTION: Rule = { expected: 'a function', fits: isFunction, schema: undefined }

export function oneOf(words: readonly unknown[]): Rule {
  return { expected: `one of ${words.join(', ')}`, fits: (given) => words.includes(given), schema: { enum: words } }
}

export function orNull(rule: Rule): Rule {
  return {
    ...rule,
    expected: `${rule.expected}, or null`,
    fits: (given) => given === null || rule.fits(given),
    schema: rule.schema && { anyOf: [rule.schema, { type: 'null' }] },
  }
}

/** A number up to Number.MAX_SAFE_INTEGER. */
export function numberFrom(least: number): Rule {
  const fits = (given: unknown) => typeof given === 'number' && given >= least && given <= Number.MAX_SAFE_INTEGER
  return { expected: `a number from ${least}`, fits, least, schema: { type: 'number', minimum: least } }
}

export function wholeNumberFrom(least: number): Rule {
  const fits = (given: unknown) => Number.isSafeInteger(given) && Number(given) >= least
  return { expected: `a whole number from ${least}`, fits, least, schema: { type: 'integer', minimum: least } }
}

/** An object of these keys and no others. */
export function objectOf(fields: Rules, required: readonly string[] = [], expected = 'an object'): Rule {
  const schemas = Object.entries(fields).flatMap(([key, { schema }]) => (schema ? [[key, schema]] : []))
  const schema = { type: 'object', properties: Object.fromEntries(schemas), additionalProperties: false }
  return { expected, fits: isObject, schema: required.length > 0 ? { ...schema, required } : schema, fields, required }
}

export function mapOf(items: Rule, expected = 'an object'): Rule {
  return { expected, fits: isObject, schema: { type: 'object', additionalProperties: items.schema }, items }
}

export function listOf(items: Rule, expected: string): Rule {
  return { expected, fits: Array.isArray, schema: { type: 'array', items: items.schema }, items }
}

/** A value of one of several forms. An object is of the form whose first required key it has. */
export function either(choices: readonly Rule[], expected: string): Rule {
  const forms = choices.map((rule) =>
    rule.required ? { ...rule, fits: (given: unknown) => isForm(rule, given) } : rule,
  )
  const fits = (given: unknown) => forms.some((rule) => rule.fits(given))
  return { expected, fits, schema: { anyOf: choices.map(({ schema }) => schema) }, choices: forms }
}

function isForm({ fits, required = [] }: Rule, given: unknown): boolean {
  return fits(given) && Object.hasOwn(given as object, required[0] ?? '')
}
