import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { codexGoalRecords } from '../../src/codex/codex-goal-record.ts'
import { recordedChanges } from '../../src/codex/codex-recording.ts'
import { transcriptChanges } from '../../src/codex/transcript.ts'
import { ATTR_AGENT_GOAL_SOURCE } from '../../src/event/semconv.ts'
import { type GoldenParams, goldenParams, RECORDINGS } from '../goal/golden.ts'
import { NOT_POSTED } from './not-posted.ts'

describe("what Codex wrote to its disk gives Codex's own events, and those that it did not post", () => {
  it.each(names('disk'))('%s', (name) => {
    const folder = join(RECORDINGS, 'disk', name)
    const read = (file: string) => readFileSync(join(folder, file), 'utf8')
    const rollouts = readdirSync(folder).filter((file) => file.startsWith('rollout-'))
    const changes = recordedChanges({ rows: read('rows.jsonl'), rollouts: rollouts.map(read) })
    const records = changes.flatMap((goal) => codexGoalRecords(goal))
    const params = records.map(({ payload }) => payload.event_params)
    expect(params.map(Object.keys)).toEqual(params.map(() => PARAMS))
    const golden = goldenParams(join(folder, 'golden.json')).map(onDisk)
    // The rollout of a deleted thread is deleted too, and with it who its client was.
    const told =
      rollouts.length > 0 ? golden : golden.map((event) => ({ ...event, client: 'unknown', version: 'unknown' }))
    expect(notPosted(params.map(onDisk), told)).toHaveLength(NOT_POSTED[name]?.disk ?? 0)
    const inferred = records.filter(({ attributes }) => attributes[ATTR_AGENT_GOAL_SOURCE] !== 'recorded')
    expect(inferred).toHaveLength(INFERRED[name] ?? 0)
  })
})

describe("what Codex told its client gives Codex's own events, and those that it did not post", () => {
  it.each(names('transcripts'))('%s', (file) => {
    const name = file.slice(0, -'.jsonl'.length)
    const { changes, machine } = transcriptChanges(readFileSync(join(RECORDINGS, 'transcripts', file), 'utf8'), file)
    const records = changes.flatMap((goal) => codexGoalRecords(goal, machine))
    const params = records.map(({ payload }) => payload.event_params)
    const golden = goldenParams(join(RECORDINGS, 'golden', `${name}.json`))
    const more = notPosted(named(params).map(inProtocol), named(golden).map(inProtocol))
    expect(more).toHaveLength(NOT_POSTED[name]?.transcript ?? 0)
  })
})

/** How many events have something that no line says: whose a deleted thread was, or why a status changed. */
const INFERRED: Readonly<Record<string, number>> = {
  'auto-empty-text-turns': 1,
  'delete-thread': 2,
  'x-second-process-mutates': 1,
}

const PARAMS = [
  ...['thread_id', 'session_id', 'turn_id', 'app_server_client', 'runtime', 'thread_source', 'subagent_source'],
  ...['parent_thread_id', 'goal_id', 'event_kind', 'goal_status', 'has_token_budget'],
  ...['cumulative_tokens_accounted', 'cumulative_time_accounted_seconds'],
]

function names(folder: string): string[] {
  const path = join(RECORDINGS, folder)
  expect(existsSync(path), path).toBe(true)
  return readdirSync(path)
}

/** Without what no file says: the client's own name and version, how it is connected, and the machine. */
function onDisk({ app_server_client, runtime, ...params }: GoldenParams) {
  return { ...params, client: app_server_client.product_client_id, version: runtime.codex_rs_version }
}

/** Without how the client is connected, which no message says. */
function inProtocol({ app_server_client: { rpc_transport: _, ...client }, ...params }: GoldenParams) {
  return { ...params, client }
}

/** Goals by the order in which they appear: the protocol does not tell their ids. */
function named(events: readonly GoldenParams[]): GoldenParams[] {
  const names = new Map<string, string>()
  return events.map((params) => {
    const goal = names.get(params.goal_id) ?? `goal ${names.size + 1}`
    names.set(params.goal_id, goal)
    return { ...params, goal_id: goal }
  })
}

type Told = Readonly<Record<string, unknown>> & { readonly thread_id: string }

/** The events that are not among the golden ones, which have to be there, each thread's in their order. */
function notPosted(events: readonly Told[], golden: readonly Told[]): Told[] {
  const rest = [...golden]
  const more = events.filter((event) => {
    const next = rest.findIndex(({ thread_id }) => thread_id === event.thread_id)
    if (next < 0 || !isDeepStrictEqual(event, rest[next])) return true
    rest.splice(next, 1)
    return false
  })
  expect(rest).toEqual([])
  return more
}
