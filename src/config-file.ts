import { readFileSync } from 'node:fs'
import { checkGoalTables, type GoalTable } from './capture/goal-table.ts'
import { reason } from './telemetry/diagnose.ts'

const DEFAULT_FILE = 'goaltrace.config.json'

/**
 * The goal tables that GOALTRACE_CONFIG's file names, else `goaltrace.config.json` in the working directory:
 * `{"tables":[…]}`, each as `GoalTable`. Undefined where there is no such file.
 * @throws {TypeError} naming the file and the mistake's path in it. What it was meant to say is not guessed.
 */
export function configuredTables(env = process.env): readonly GoalTable[] | undefined {
  const file = env.GOALTRACE_CONFIG || DEFAULT_FILE
  const text = read(file, Boolean(env.GOALTRACE_CONFIG))
  if (text === undefined) return undefined
  try {
    return tablesOf(JSON.parse(text))
  } catch (error) {
    // A message about JSON quotes lines of it.
    throw new TypeError(`${file}: ${reason(error).replace(/\s+/g, ' ')}`, { cause: error })
  }
}

function read(file: string, named: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (!named && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const whence = named ? ', which GOALTRACE_CONFIG names,' : ''
    throw new TypeError(`${file}${whence} cannot be read: ${reason(error)}`, { cause: error })
  }
}

function tablesOf(config: unknown): readonly GoalTable[] {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new TypeError(`expected an object as {"tables":[…]}, got ${JSON.stringify(config)}`)
  }
  const unknown = Object.keys(config).find((key) => key !== 'tables')
  if (unknown !== undefined) throw new TypeError(`${unknown}: unknown; the only key is tables`)
  const { tables } = config as { tables?: unknown }
  checkGoalTables(tables)
  return tables
}
