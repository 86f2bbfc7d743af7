import type { GoalSnapshot } from '../event/goal-change.ts'
import type { GoalClient, ThreadContext } from '../event/goal-context.ts'
import type { ResourceAttributes } from '../event/resource-attributes.ts'
import type { CodexGoalChange } from './codex-goal-change.ts'
import { name, object, parsedLine } from './known-text.ts'
import { type ProtocolGoal, protocolGoal } from './protocol-goal.ts'
import { clientOf } from './protocol-note.ts'
import { subagentSource } from './rollout-line.ts'

/** What a transcript contains: the changes of goals, and the machine as Codex names it to its client. */
export interface TranscriptChanges {
  readonly changes: readonly CodexGoalChange[]
  readonly machine: ResourceAttributes
}

/** A goal as the protocol shows it, which is without its id. */
interface ShownGoal extends ProtocolGoal {
  readonly id: string
}

interface ShownThread {
  readonly context: ThreadContext
  readonly version: string | undefined
  readonly forkedFromId: string | undefined
}

type Json = Readonly<Record<string, unknown>>

/**
 * The changes of goals in the JSON-RPC traffic between a client and Codex's app-server, a message a line:
 * `{"at_ms":398,"dir":"in","msg":{…}}`, `out` from the client to Codex. The protocol names the turn of each change, but no goal's
 * id: what is the same goal is concluded, so that all of it is `inferred`.
 *
 * @throws {SyntaxError} naming the line that is not a message.
 */
export function transcriptChanges(text: string, named: string): TranscriptChanges {
  const transcript = new Transcript()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      transcript.add(parsedLine(line))
    } catch (error) {
      throw new SyntaxError(`${named}:${index + 1}: ${(error as Error).message}`)
    }
  }
  return transcript
}

class Transcript implements TranscriptChanges {
  readonly changes: CodexGoalChange[] = []
  machine: ResourceAttributes = {}
  #version: string | undefined
  #client: GoalClient = { id: 'unknown', rpcTransport: 'unknown' }
  #madeGoals = 0
  readonly #threads = new Map<string, ShownThread>()
  readonly #goals = new Map<string, ShownGoal>()

  /** @throws {SyntaxError} for what is not a message. */
  add(line: unknown): void {
    const { msg, at_ms } = object(line)
    if (typeof msg !== 'object' || msg === null) throw new SyntaxError('"msg" is not a message')
    const { method, params, result, emittedAtMs } = msg as Json
    const atMs = [emittedAtMs, at_ms].find((time) => typeof time === 'number') ?? 0
    const said = object(params)
    const threadId = name(said.threadId)
    if (result !== undefined) this.#answered(object(result))
    if (method === 'initialize') this.#initialized(said)
    if (method === 'thread/started') this.#meet(object(said.thread))
    if (threadId === undefined) return
    if (method === 'thread/goal/updated') this.#changed(threadId, said, Number(atMs))
    if (method === 'thread/goal/cleared' || method === 'thread/deleted') this.#gone(threadId, Number(atMs))
  }

  #initialized(said: Json): void {
    const client = clientOf(said)
    this.#client = { id: client.name ?? 'unknown', rpcTransport: 'unknown', ...client }
  }

  #answered({ userAgent, platformOs, thread }: Json): void {
    if (thread !== undefined) this.#meet(object(thread))
    if (typeof userAgent !== 'string') return
    // goal-oracle/0.169.0 (Debian 12.0.0; x86_64) unknown (goal-oracle; 9.9.9)
    const [, version, osVersion, arch] = /^[^/]+\/(\S+) \(.*?([\w.]+); (\w+)\)/.exec(userAgent) ?? []
    this.#version = version
    this.machine = {
      'os.type': name(platformOs) ?? 'unknown',
      'os.version': osVersion ?? 'unknown',
      'host.arch': arch ?? 'unknown',
    }
  }

  #meet({ id, sessionId, parentThreadId, forkedFromId, originator, cliVersion, threadSource, source }: Json): void {
    const threadId = name(id)
    if (threadId === undefined) return
    const context: ThreadContext = {
      sessionId: name(sessionId) ?? threadId,
      client: { ...this.#client, id: name(originator) ?? this.#client.id },
      threadSource: name(threadSource) ?? null,
      subagentSource: subagentSource(source) ?? null,
      parentThreadId: name(parentThreadId) ?? null,
    }
    this.#threads.set(threadId, { context, version: name(cliVersion), forkedFromId: name(forkedFromId) })
  }

  #changed(threadId: string, { goal: shown, turnId }: Json, atMs: number): void {
    const goal = protocolGoal(shown)
    if (goal === undefined) return
    const turn = name(turnId) ?? null
    const before = this.#goals.get(threadId) ?? this.#copiedFrom(threadId, goal)
    const same = before !== undefined && !isAnother(before, goal, turn)
    const after = { ...goal, id: same ? before.id : `${threadId}/${++this.#madeGoals}` }
    this.#goals.set(threadId, after)
    this.#push(threadId, before, after, turn, atMs)
  }

  #gone(threadId: string, atMs: number): void {
    const before = this.#goals.get(threadId)
    this.#goals.delete(threadId)
    if (before) this.#push(threadId, before, undefined, null, atMs)
  }

  #push(
    threadId: string,
    before: ShownGoal | undefined,
    after: ShownGoal | undefined,
    turnId: string | null,
    atMs: number,
  ) {
    const thread = this.#threads.get(threadId)
    this.changes.push({
      change: { before: snapshot(threadId, before), after: snapshot(threadId, after) },
      atMs,
      context: { ...(thread?.context ?? { client: this.#client }), turnId },
      source: 'inferred',
      version: thread?.version ?? this.#version,
      turn: undefined,
    })
  }

  /** A fork that takes its parent's goal along copies the row. */
  #copiedFrom(threadId: string, { createdAt }: ProtocolGoal): ShownGoal | undefined {
    const parent = this.#goals.get(this.#threads.get(threadId)?.forkedFromId ?? '')
    return parent?.createdAt === createdAt ? parent : undefined
  }
}

/** Counters of a goal only grow, and only the model's `create_goal` begins one where a complete one stands. */
function isAnother(before: ProtocolGoal, now: ProtocolGoal, turnId: string | null): boolean {
  return (
    before.createdAt !== now.createdAt ||
    now.tokensUsed < before.tokensUsed ||
    now.timeUsedSeconds < before.timeUsedSeconds ||
    (turnId !== null && before.status === 'complete' && now.status === 'active')
  )
}

function snapshot(threadId: string, goal: ShownGoal | undefined): GoalSnapshot | null {
  if (goal === undefined) return null
  const { id: goalId, status, tokenBudget, tokensUsed, timeUsedSeconds } = goal
  return { threadId, goalId, status, tokenBudget, tokensUsed, timeUsedSeconds }
}
