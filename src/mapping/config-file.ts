import { readFileSync } from 'node:fs'
import { check } from '../base/check.ts'
import { reason } from '../base/diagnose.ts'
import { ANYTHING, listOf, objectOf, oneOf, type Rule, TEXT, wholeNumberFrom } from '../base/rules.ts'
import { PRICES, type Prices } from '../goal/prices.ts'
import type { GoalFiles } from './goal-files.ts'
import { GOAL_TABLES, type GoalTable } from './goal-table.ts'
import { withCurrentNames } from './option-names.ts'

/** In the working directory. */
const DEFAULT_FILE = 'goaltrace.config.json'

export interface Configuration {
  /** The tables that hold goals. Default: those of goaltrace.config.json, else Codex's `thread_goals`. */
  readonly tables?: readonly GoalTable[] | undefined
  /** Where events are kept until they are delivered: in the agent's database, as durable as its goals (`outbox`, the default), or with its connection alone (`memory`): no table is created in the file, and pending events are lost with the process, which waits up to 500 ms for their delivery when it ends. */
  readonly durability?: 'outbox' | 'memory' | undefined
  /** Changes that may be pending in a file, from 1; above it, usage that newer usage of the same goal supersedes is dropped and counted. Default: 1,000,000, about 130 MB. Of several given for one file, the first counts. */
  readonly maxOutboxRows?: number | undefined
  /** @deprecated Use `maxOutboxRows`. */
  readonly outboxLimit?: number | undefined
}

/** What the file may have besides. */
export interface FileConfiguration extends Configuration {
  readonly $schema?: string
  /** What tokens cost, by model: `goaltrace backend` shows costs by it. */
  readonly prices?: Prices
  /** The files in which agents keep goals, for `goaltrace watch`. */
  readonly files?: readonly GoalFiles[]
}

/** What may be set in code and in the file. */
export const CONFIGURATION: Readonly<Record<Exclude<keyof Configuration, 'outboxLimit'>, Rule>> = {
  tables: GOAL_TABLES,
  durability: oneOf(['outbox', 'memory']),
  maxOutboxRows: wholeNumberFrom(1),
}

/** The file's. `files` is for `goaltrace watch` only: configured-files.ts checks it there. */
export const CONFIG_FILE: Rule = objectOf(
  { ...CONFIGURATION, files: listOf(ANYTHING, 'a list of files that hold goals'), prices: PRICES, $schema: TEXT },
  [],
  'an object as {"tables":[…]}',
)

/**
 * The configuration in GOALTRACE_CONFIG's file, else in `goaltrace.config.json` in the working directory; undefined where
 * there is no such file.
 * @throws {TypeError} naming the file and what in it is not valid, as what it was meant to say is not guessed; {RangeError}
 * where that is a number.
 */
export function configuration(env = process.env): Configuration | undefined {
  const file = configurationFile(env)
  // `goaltrace run --map` creates the file that is named.
  const text = readConfiguration(file, Boolean(env.GOALTRACE_CONFIG) && !env.GOALTRACE_MAP)
  if (text === undefined) return undefined
  const { $schema, prices, files, ...config } = parsedConfiguration(file, text)
  return config
}

/**
 * The prices in a file, or in that of `configuration`; undefined where that has none.
 * @throws as `configuration` does; {TypeError} for a named file without prices.
 */
export function configuredPrices(named?: string, env = process.env): Prices | undefined {
  const file = named ?? configurationFile(env)
  const byVariable = named === undefined && Boolean(env.GOALTRACE_CONFIG)
  const text = readConfiguration(file, named !== undefined || byVariable, byVariable)
  const prices = text === undefined ? undefined : parsedConfiguration(file, text).prices
  if (named !== undefined && prices === undefined) {
    throw new TypeError(`${file}: prices is missing; expected ${PRICES.expected}`)
  }
  return prices
}

/** Where the configuration is, or would be. */
export function configurationFile(env = process.env): string {
  return env.GOALTRACE_CONFIG || DEFAULT_FILE
}

/** @throws as `configuration` does. */
export function parsedConfiguration(file: string, text: string): FileConfiguration {
  // Editors on Windows put a byte order mark in front, which JSON.parse refuses by quoting what nobody can see.
  const named = withCurrentNames(file, parsed(file, text.replace(/^\uFEFF/, '')))
  check(file, 'content', named, CONFIG_FILE)
  return named as FileConfiguration
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // A message about JSON quotes lines of it.
    throw new TypeError(`${file}: ${reason(error).replace(/\s+/g, ' ')}`, { cause: error })
  }
}

/** The file's text; undefined where there is none and nobody has named it. @throws {TypeError} where it cannot be read. */
export function readConfiguration(file: string, named: boolean, byVariable = named): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (!named && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const where = byVariable ? ', which GOALTRACE_CONFIG names,' : ''
    throw new TypeError(`${file}${where} cannot be read: ${reason(error)}`, { cause: error })
  }
}
