import { readFileSync } from 'node:fs'
import { reason } from '../base/diagnose.ts'
import { checkGoalTables, type GoalTable } from './goal-table.ts'

const DEFAULT_FILE = 'goaltrace.config.json'

export interface Configuration {
  /** The tables that hold goals. Default: those of goaltrace.config.json, else Codex's `thread_goals`. */
  readonly tables?: readonly GoalTable[] | undefined
  /** Where events wait until they have arrived: in the agent's database, as durable as its goals (`outbox`, the default), or only with its connection (`memory`): no table is made in the file, and events that have not arrived are lost with the process; at its end it waits up to 500 ms for them. */
  readonly durability?: 'outbox' | 'memory' | undefined
  /** Changes that may wait in a file, from 1; above it, usage is dropped that newer usage of the same goal supersedes, and counted. Default: 1,000,000, about 130 MB. Of several given for one file, the first counts. */
  readonly outboxLimit?: number | undefined
}

/**
 * What GOALTRACE_CONFIG's file says, else `goaltrace.config.json` in the working directory. Undefined where there is no
 * such file.
 * @throws {TypeError} naming the file and the mistake's path in it. What it was meant to say is not guessed.
 */
export function configuration(env = process.env): Configuration | undefined {
  const file = env.GOALTRACE_CONFIG || DEFAULT_FILE
  const text = read(file, Boolean(env.GOALTRACE_CONFIG))
  if (text === undefined) return undefined
  try {
    const config: unknown = JSON.parse(text)
    checkFile(config)
    return config
  } catch (error) {
    // A message about JSON quotes lines of it.
    throw new TypeError(`${file}: ${reason(error).replace(/\s+/g, ' ')}`, { cause: error })
  }
}

/** @throws {TypeError} or {RangeError} naming the setting. */
export function checkConfiguration({ durability, outboxLimit }: Configuration): void {
  if (durability !== undefined && durability !== 'outbox' && durability !== 'memory') {
    throw new TypeError(`durability: expected outbox or memory, got ${JSON.stringify(durability)}`)
  }
  if (outboxLimit === undefined) return
  if (typeof outboxLimit !== 'number') {
    throw new TypeError(`outboxLimit: expected a number, got ${JSON.stringify(outboxLimit)}`)
  }
  if (!Number.isSafeInteger(outboxLimit) || outboxLimit < 1) {
    throw new RangeError(`outboxLimit: expected a whole number from 1, got ${outboxLimit}`)
  }
}

function read(file: string, named: boolean): string | undefined {
  try {
    // Editors on Windows put a byte order mark in front, which JSON.parse refuses by quoting what nobody can see.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    if (!named && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const whence = named ? ', which GOALTRACE_CONFIG names,' : ''
    throw new TypeError(`${file}${whence} cannot be read: ${reason(error)}`, { cause: error })
  }
}

const KEYS: readonly (keyof Configuration)[] = ['tables', 'durability', 'outboxLimit']

function checkFile(config: unknown): asserts config is Configuration {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new TypeError(`expected an object as {"tables":[…]}, got ${JSON.stringify(config)}`)
  }
  const unknown = Object.keys(config).find((key) => !(KEYS as readonly string[]).includes(key))
  if (unknown !== undefined) throw new TypeError(`${unknown}: unknown; the keys are ${KEYS.join(', ')}`)
  const known: Configuration = config
  if (known.tables !== undefined) checkGoalTables(known.tables)
  checkConfiguration(known)
}
