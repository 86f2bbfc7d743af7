import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codexPlaces, rolloutFolders } from '../../src/codex/codex-places.ts'
import { recordedChanges, rowChanges } from '../../src/codex/codex-recording.ts'
import type { CodexRowChange } from '../../src/codex/place-change.ts'
import type { GoalChange, GoalSnapshot } from '../../src/event/goal-change.ts'
import { goalEvents } from '../../src/event/goal-event.ts'
import { decode, parseSender } from '../../src/outbox/decode-row.ts'
import { Outbox, plain } from '../../src/outbox/outbox.ts'
import { RecordedOutbox } from '../../src/outbox/recorded-outbox.ts'
import type { Connection } from '../../src/sqlite/connection.ts'
import { openByAny } from '../../src/sqlite/drivers.ts'
import { TurnSpans } from '../../src/telemetry/turn-spans.ts'
import { ClientNotes } from '../../src/watch/codex/client-notes.ts'
import { CodexGoals } from '../../src/watch/codex/codex-goals.ts'
import { Rollouts } from '../../src/watch/codex/rollouts.ts'
import { endedTurn } from '../../src/watch/codex/turns-of-goals.ts'
import { RECORDINGS } from '../goal/golden.ts'

const SCENARIOS = readdirSync(join(RECORDINGS, 'disk'))

describe('changes that are read as Codex writes them', () => {
  it.each(SCENARIOS)('%s: are what the whole recording says', (name) => {
    const { rows, rollouts, lines } = recording(name)
    const watch = watched()
    for (const [index, row] of rows.entries()) {
      lines.until(row.atMs, watch.append)
      watch.goals.take(asRead(row), false)
      // The rollout does not say the cause yet.
      watch.goals.report(index)
    }
    lines.until(Number.POSITIVE_INFINITY, watch.append)
    watch.goals.report(rows.length, true)
    expect(watch.reported()).toEqual(
      recordedChanges({ rows: rowsOf(name), rollouts })
        .filter(({ change }) => goalEvents(change).length > 0)
        .map(({ change, context, source, version = 'unknown' }) => ({ change, context, source, version })),
    )
  })

  it('are reported by the process that follows where one is killed', () => {
    const { rows, lines } = recording('tool-create-usage-turnstop')
    const watch = watched()
    lines.until(Number.POSITIVE_INFINITY, watch.append)
    for (const row of rows) watch.goals.take(asRead(row), false)
    const next = watched(watch)
    expect(next.goals.report(0)).toBe(0)
    expect(next.reported()).toHaveLength(rows.length)
  })

  it('wait for their cause no longer than two seconds, and those behind them with them', () => {
    const { rows, lines } = recording('external-status-cycle-idle')
    const watch = watched()
    const [first, second] = rows as [CodexRowChange, CodexRowChange]
    lines.until(first.atMs, watch.append)
    watch.goals.take(asRead(first), false)
    watch.goals.take(asRead(second), false)
    expect([watch.goals.report(0), watch.goals.report(1999), watch.goals.report(2000)]).toEqual([2, 2, 0])
    expect(watch.reported().map(({ source }) => source)).toEqual(['inferred', 'inferred'])
  })

  it('of an archived thread are placed by its rollout where that is then', () => {
    const { rows, lines } = recording('tool-create-usage-turnstop')
    const watch = watched()
    lines.until(rows[1]?.atMs ?? 0, watch.append)
    watch.goals.take(asRead(rows[0] as CodexRowChange), false)
    watch.goals.report(0)
    watch.archive()
    lines.until(Number.POSITIVE_INFINITY, watch.append)
    for (const row of rows.slice(1)) watch.goals.take(asRead(row), false)
    expect(watch.goals.report(1)).toBe(0)
    expect(watch.reported().every(({ source }) => source === 'recorded')).toBe(true)
  })
})

describe('goals that stand in a database at first', () => {
  const row: CodexRowChange = { before: null, after: GOAL, atMs: 1 }

  it('have no history, and their copies are known', () => {
    const watch = watched()
    watch.goals.stands(asRead(row))
    watch.goals.take(asRead({ before: null, after: { ...GOAL, threadId: 'fork' }, atMs: 2 }), false)
    watch.goals.report(0, true)
    expect(watch.reported()).toEqual([])
  })

  it('were made since where the database is new', () => {
    const watch = watched(fresh(), true)
    watch.goals.stands(asRead(row))
    watch.goals.report(0, true)
    expect(watch.reported()).toMatchObject([{ change: { before: null, after: GOAL }, source: 'inferred' }])
  })
})

describe('the turns of goals', () => {
  it('are over when the rollout says so, each once, with what they cost', () => {
    const { rows, lines } = recording('turn-error-blocked')
    const watch = watched()
    for (const row of rows) watch.goals.take(asRead(row), false)
    lines.until((rows.at(-1)?.atMs ?? 0) + 1, watch.append)
    watch.goals.report(0, true)
    expect([watch.goals.turns.size, watch.goals.turns.ended(0)]).toEqual([1, []])
    lines.until(Number.POSITIVE_INFINITY, watch.append)
    const [ended, ...more] = watch.goals.turns.ended(0)
    expect(more).toEqual([])
    expect(ended && endedTurn(ended, 'codex')).toMatchObject({
      agent: 'codex',
      model: 'mock-model',
      usage: { input: 100, cached: 20, output: 30 },
      error: 'other',
    })
    expect(watch.goals.turns.ended(0)).toEqual([])
  })
})

const GOAL: GoalSnapshot = { threadId: 't', goalId: 'g', status: 'active', tokensUsed: 0, timeUsedSeconds: 0 }

function rowsOf(name: string): string {
  return readFileSync(join(RECORDINGS, 'disk', name, 'rows.jsonl'), 'utf8')
}

function recording(name: string) {
  const folder = join(RECORDINGS, 'disk', name)
  const files = readdirSync(folder).filter((file) => file.startsWith('rollout-'))
  const rollouts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  const lines = files.flatMap((file, at) =>
    (rollouts[at] ?? '')
      .split('\n')
      .filter((text) => text !== '')
      .map((text) => ({ thread: basename(file, '.jsonl').slice('rollout-'.length), text, atMs: timeOf(text) })),
  )
  lines.sort((one, other) => one.atMs - other.atMs)
  return {
    rows: rowChanges(rowsOf(name), name),
    rollouts,
    lines: {
      /** Those before that time, and the beginning of the next. */
      until(atMs: number, append: (thread: string, text: string) => void) {
        for (const [line, ...more] of lines.map((_, at) => lines.slice(at))) {
          if (line === undefined) return
          const begun = line.text.slice(0, BEGINNING)
          const isWhole = line.atMs < atMs
          append(line.thread, isWhole ? `${line.text}\n` : begun)
          if (!isWhole) {
            lines.splice(0, lines.length, { ...line, text: line.text.slice(BEGINNING) }, ...more)
            return
          }
        }
        lines.length = 0
      },
    },
  }
}

const BEGINNING = 50

/** As CODEX_GOALS maps it. */
function asRead({ before, after, atMs }: CodexRowChange): GoalChange {
  return { before, after: after && { ...after, model: String(atMs) } }
}

function timeOf(text: string): number {
  return Date.parse(JSON.parse(text).timestamp)
}

/** A Codex's home and goaltrace's own file, or those of a process that was killed. */
function watched({ home, own }: { home: string; own: Connection } = fresh(), isNew = false) {
  const relay = { name: 'test', finds: () => 0, trimBelow: () => null, wake() {}, compaction: undefined, leave() {} }
  const places = codexPlaces({ CODEX_HOME: home }, '/nowhere', () => undefined)
  const outboxes = new Map<string, RecordedOutbox>()
  const goals = new CodexGoals({
    own,
    rollouts: new Rollouts(places),
    clientNotes: new ClientNotes(join(home, 'notes')),
    outboxOf: (version = 'unknown') => {
      const outbox = outboxes.get(version) ?? new RecordedOutbox(own, { 'service.version': version }, relay)
      outboxes.set(version, outbox)
      return outbox
    },
    spans: new TurnSpans({}),
    captureObjective: false,
    isNew,
  })
  const files = new Map<string, string>()
  return {
    home,
    own,
    goals,
    append(thread: string, text: string) {
      const [folder = ''] = rolloutFolders(thread)
      const file = files.get(thread) ?? join(places.sessions, folder, `rollout-2026-11-28T19-22-27-${thread}.jsonl`)
      files.set(thread, file)
      mkdirSync(dirname(file), { recursive: true })
      appendFileSync(file, text)
    },
    archive() {
      mkdirSync(places.archivedSessions)
      for (const [thread, file] of files) {
        const moved = join(places.archivedSessions, basename(file))
        renameSync(file, moved)
        files.set(thread, moved)
      }
    },
    reported() {
      const outbox = new Outbox((read) => read(plain(own)))
      const { changes, unreadable } = decode(outbox.read(0, 10_000), (id) => parseSender(outbox.senderText(id)))
      expect(unreadable).toEqual([])
      return changes.map(({ change: { before, after }, context: { known }, sender }) => {
        const { source, ...context } = known
        return { change: { before, after }, context, source, version: sender.resource['service.version'] }
      })
    },
  }
}

function fresh() {
  const home = mkdtempSync(join(tmpdir(), 'goaltrace-codex-'))
  const open = openByAny()
  const own = new open(':memory:', { timeout: 0 }) as unknown as Connection & { close(): void }
  onTestFinished(() => {
    own.close()
    rmSync(home, { recursive: true })
  })
  return { home, own }
}
