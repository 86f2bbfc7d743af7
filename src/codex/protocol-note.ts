import { name, object } from './known-text.ts'
import { type ProtocolGoal, protocolGoal } from './protocol-goal.ts'

/** The client of a connection to Codex's app-server, such as an editor. */
export interface ProtocolClient {
  readonly name: string | null
  readonly version: string | null
  /** Null where it does not say. */
  readonly experimentalApi: boolean | null
}

/** What is in the protocol only, and in no file of Codex's. Without any text of a goal or a conversation. */
export type ProtocolNote = { readonly atMs: number; readonly client: ProtocolClient } & (
  | { readonly kind: 'client' }
  | { readonly kind: 'goal'; readonly threadId: string; readonly turnId: string | null; readonly goal: ProtocolGoal }
  | { readonly kind: 'cleared'; readonly threadId: string }
)

const UNKNOWN: ProtocolClient = { name: null, version: null, experimentalApi: null }
/** A line without one of these is not parsed. */
const WORTH_READING = ['"initialize"', '"thread/goal/', '"thread/deleted"']

/** Reads along with one connection to Codex's app-server. */
export class ProtocolNotes {
  #client = UNKNOWN

  /** @param line A whole message. @returns undefined where it has nothing of the kind. */
  of(direction: 'toCodex' | 'fromCodex', line: Buffer, atMs: number): ProtocolNote | undefined {
    if (!WORTH_READING.some((part) => line.includes(part))) return undefined
    const { method, params } = object(parsed(line))
    const fields = object(params)
    if (direction === 'toCodex') {
      if (method !== 'initialize') return undefined
      this.#client = clientOf(fields)
      return { kind: 'client', atMs, client: this.#client }
    }
    const threadId = name(fields.threadId)
    if (threadId === undefined) return undefined
    const client = this.#client
    if (method === 'thread/goal/cleared' || method === 'thread/deleted')
      return { kind: 'cleared', atMs, client, threadId }
    const goal = method === 'thread/goal/updated' ? protocolGoal(fields.goal) : undefined
    return goal && { kind: 'goal', atMs, client, threadId, turnId: name(fields.turnId) ?? null, goal }
  }
}

/** Either side may write anything, so what is not JSON is left out. */
function parsed(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'))
  } catch {
    return undefined
  }
}

export function clientOf({ clientInfo, capabilities }: Readonly<Record<string, unknown>>): ProtocolClient {
  const { name: client, version } = object(clientInfo)
  const { experimentalApi } = object(capabilities)
  return {
    name: name(client) ?? null,
    version: name(version) ?? null,
    experimentalApi: capabilities == null ? null : experimentalApi === true,
  }
}
