import type { GoalClient, GoalContext } from './goal-context.ts'

type Kind = readonly [expected: string, fits: (given: unknown) => boolean]

const TEXT: Kind = ['a text', (given) => typeof given === 'string']
const TEXT_OR_NONE: Kind = [
  'a text, or null where there is none',
  (given) => typeof given === 'string' || given === null,
]
const YES_OR_NO: Kind = ['true, false or null', (given) => typeof given === 'boolean' || given === null]
const OBJECT: Kind = ['an object', (given) => typeof given === 'object' && given !== null && !Array.isArray(given)]

const CONTEXT: Readonly<Record<keyof GoalContext, Kind>> = {
  sessionId: TEXT,
  turnId: TEXT_OR_NONE,
  client: OBJECT,
  threadSource: TEXT_OR_NONE,
  subagentSource: TEXT_OR_NONE,
  parentThreadId: TEXT_OR_NONE,
}

const CLIENT: Readonly<Record<keyof GoalClient, Kind>> = {
  id: TEXT,
  name: TEXT_OR_NONE,
  version: TEXT_OR_NONE,
  rpcTransport: TEXT,
  experimentalApi: YES_OR_NO,
}

/** @throws {TypeError} naming the path of what cannot be meant, after `operation`. */
export function checkGoalContext(operation: string, context: GoalContext): void {
  checkKeys(operation, context, CONTEXT)
  if (context.client !== undefined) checkKeys(`${operation}client.`, context.client, CLIENT)
}

function checkKeys(path: string, given: object, known: Readonly<Record<string, Kind>>): void {
  for (const [key, value] of Object.entries(given)) {
    const kind = Object.hasOwn(known, key) ? known[key] : undefined
    if (kind === undefined) {
      throw new TypeError(`${path}${key}: unknown; the keys are ${Object.keys(known).join(', ')}`)
    }
    const [expected, fits] = kind
    if (value !== undefined && !fits(value)) {
      throw new TypeError(`${path}${key}: expected ${expected}, got ${told(value)}`)
    }
  }
}

/** What is in an object is not told, as it may be secret. */
function told(given: unknown): string {
  if (typeof given === 'object' && given !== null) return Array.isArray(given) ? 'an array' : 'an object'
  if (typeof given === 'function') return 'a function'
  return typeof given === 'string' ? JSON.stringify(given) : String(given)
}
