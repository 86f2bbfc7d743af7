import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CodexGoalEvent } from '../../src/codex/codex-goal-event.ts'

/** Recordings of real Codex: what happened (`steps`), and the events that it posted (`golden`). */
export const RECORDINGS = process.env.GOALTRACE_RECORDINGS ?? join(import.meta.dirname, '../recordings')

export type GoldenParams = CodexGoalEvent['event_params']

export interface Recording {
  readonly name: string
  readonly stepsFile: string
  readonly goldenFile: string
}

export function recordings(): Recording[] {
  return readdirSync(join(RECORDINGS, 'steps'))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => {
      const name = file.slice(0, -'.jsonl'.length)
      return {
        name,
        stepsFile: join(RECORDINGS, 'steps', file),
        goldenFile: join(RECORDINGS, 'golden', `${name}.json`),
      }
    })
}

/** An event as Codex posted it, and when, on the clock of the steps. */
export interface GoldenEvent extends CodexGoalEvent {
  readonly at_ms: number
  readonly after_transcript?: boolean
}

/** Without the usage that Codex accounted as it shut down: no step shows it. */
export function goldenEvents(goldenFile: string): GoldenEvent[] {
  const events: GoldenEvent[] = JSON.parse(readFileSync(goldenFile, 'utf8'))
  return events.filter((event) => !event.after_transcript)
}

export function goldenParams(goldenFile: string): GoldenParams[] {
  return goldenEvents(goldenFile).map((event) => event.event_params)
}

/**
 * Both sides in a comparable form: thread by thread, goal ids renamed by first appearance, seconds replaced by the
 * golden ones where they differ by at most one, and only those golden fields that the other side has.
 */
export function comparable(actual: readonly Partial<GoldenParams>[], golden: readonly GoldenParams[]) {
  const expected = renamed(byThread(golden))
  return {
    actual: renamed(byThread(actual)).map((params, index) => nearSeconds(params, expected[index])),
    expected: expected.map((params, index) => picked(params, actual[index] ?? params)),
  }
}

/** Codex serves each thread separately: concurrent events of two threads may be posted in either order. */
function byThread<T extends Partial<GoldenParams>>(events: readonly T[]): T[] {
  return events.toSorted((a, b) => (a.thread_id ?? '').localeCompare(b.thread_id ?? ''))
}

function renamed<T extends Partial<GoldenParams>>(events: readonly T[]): T[] {
  const names = new Map<string | undefined, string>()
  return events.map((params) => {
    const name = names.get(params.goal_id) ?? `goal ${names.size + 1}`
    names.set(params.goal_id, name)
    return { ...params, goal_id: name }
  })
}

function nearSeconds(actual: Partial<GoldenParams>, golden: GoldenParams | undefined): Partial<GoldenParams> {
  const seconds = actual.cumulative_time_accounted_seconds
  const goldenSeconds = golden?.cumulative_time_accounted_seconds
  if (seconds == null || goldenSeconds == null || Math.abs(Number(seconds) - Number(goldenSeconds)) > 1) return actual
  return { ...actual, cumulative_time_accounted_seconds: goldenSeconds }
}

function picked(params: GoldenParams, like: Partial<GoldenParams>): Partial<GoldenParams> {
  return Object.fromEntries(Object.entries(params).filter(([key]) => key in like))
}
