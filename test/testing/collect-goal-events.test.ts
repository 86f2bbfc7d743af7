import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import process from 'node:process'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { observeGoals, withGoalContext } from '../../src/index.ts'
import { type CollectedGoalEvent, collectGoalEvents } from '../../src/testing.ts'
import { connect, TABLE, temporaryFile } from '../capture/observed-goals.ts'
import { Receiver } from '../receiver.ts'

const TAKE = `INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`

const inMemory = () => connect(':memory:').exec(TABLE)
const kinds = (events: readonly CollectedGoalEvent[]) => events.map(({ kind }) => kind)

/** Whatever would be sent by this process's environment, until the test is over, would arrive here. */
async function endpoint(): Promise<Receiver> {
  const receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  onTestFinished(() => void delete process.env.OTEL_EXPORTER_OTLP_ENDPOINT)
  return receiver
}

describe('collectGoalEvents', () => {
  it('returns what was committed, in order, with what was known of it', async () => {
    const before = Date.now()
    const db = inMemory()
    const goals = collectGoalEvents(db, { resource: { 'service.name': 'mine' } })
    db.exec(TAKE)
    withGoalContext({ turnId: 'turn-7' }, () => {
      db.prepare(`UPDATE thread_goals SET tokens_used = 12, status = 'complete'`).run()
    })
    const events = await goals.events()
    expect(kinds(events)).toEqual(['created', 'usage_accounted', 'status_changed'])
    expect(events[2]?.attributes).toMatchObject({
      'gen_ai.conversation.id': 't',
      'agent_goal.id': 'g',
      'agent_goal.status': 'complete',
      'agent_goal.previous_status': 'active',
      'agent_goal.usage.tokens': 12,
      'agent_goal.turn.id': 'turn-7',
    })
    expect(events[0]?.at.getTime()).toBeGreaterThanOrEqual(before)
    expect(events[0]?.at.getTime()).toBeLessThanOrEqual(Date.now())
    expect(goals.records.map(({ eventName }) => eventName)).toEqual(events.map(({ kind }) => `agent_goal.${kind}`))
    expect(goals.records[0]?.resource.attributes['service.name']).toBe('mine')

    db.exec('DELETE FROM thread_goals')
    expect(kinds(await goals.events())).toEqual(['created', 'usage_accounted', 'status_changed', 'cleared'])
  })

  it('returns nothing of what was rolled back, nor of what came before it or after close()', async () => {
    const db = inMemory()
    db.exec(TAKE)
    const goals = collectGoalEvents(db)
    db.exec('BEGIN; UPDATE thread_goals SET tokens_used = 1; ROLLBACK')
    db.exec('UPDATE thread_goals SET tokens_used = 2')
    goals.close()
    db.exec('UPDATE thread_goals SET tokens_used = 3')
    expect((await goals.events()).map(({ attributes }) => attributes['agent_goal.usage.tokens'])).toEqual([2])
  })

  it('refuses to return half a transaction', async () => {
    const db = inMemory()
    const goals = collectGoalEvents(db)
    db.exec(`BEGIN; ${TAKE}`)
    await expect(goals.events()).rejects.toThrow(/is in a transaction/)
    db.exec('COMMIT')
    expect(kinds(await goals.events())).toEqual(['created'])
  })

  it('sends nothing, and keeps no state, whatever the environment names', async () => {
    const receiver = await endpoint()
    const db = connect(temporaryFile()).exec(TABLE)
    const goals = collectGoalEvents(db)
    db.exec(TAKE)
    expect(kinds(await goals.events())).toEqual(['created'])
    db.close()
    expect(existsSync(process.env.GOALTRACE_STATE_DIR ?? '')).toBe(false)
    expect([receiver.logs, receiver.spans, receiver.metrics]).toEqual([[], [], []])
  })

  it('makes the spans where the test has a provider', async () => {
    const spans = new InMemorySpanExporter()
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
    context.setGlobalContextManager(new AsyncLocalStorageContextManager())
    onTestFinished(() => {
      trace.disable()
      context.disable()
    })
    const db = inMemory()
    const goals = collectGoalEvents(db)
    const parent = trace.getTracer('test').startSpan('turn')
    context.with(trace.setSpan(context.active(), parent), () => db.exec(TAKE))
    await goals.events()
    const [span] = spans.getFinishedSpans()
    expect(span?.name).toBe('create_goal')
    expect(span?.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
    expect(goals.records[0]?.spanContext?.spanId).toBe(span?.spanContext().spanId)
  })

  it('names what it was given in place of a database', () => {
    expect(() => collectGoalEvents({} as Database.Database)).toThrow(
      /^collectGoalEvents: expected a database of better-sqlite3/,
    )
  })
})

describe('collectGoalEvents on a file', () => {
  it('returns the changes of an agent that has closed it', async () => {
    const db = connect(temporaryFile()).exec(TABLE)
    const goals = collectGoalEvents(db)
    db.exec(TAKE)
    db.close()
    expect(kinds(await goals.events())).toEqual(['created'])
  })

  it('returns what another connection does to it, and nothing that it does after close()', async () => {
    const file = temporaryFile()
    const [a, b] = [connect(file).exec(TABLE), connect(file)]
    const [goals, others] = [collectGoalEvents(a), collectGoalEvents(b)]
    a.exec(TAKE)
    b.exec('UPDATE thread_goals SET tokens_used = 1')
    goals.close()
    b.exec('UPDATE thread_goals SET tokens_used = 2')
    goals.close()
    expect(kinds(await goals.events())).toEqual(['created', 'usage_accounted'])
    expect(kinds(await others.events())).toEqual(['created', 'usage_accounted', 'usage_accounted'])
  })

  it('returns what its connection commits after a close() within the transaction', async () => {
    for (const db of [connect(temporaryFile()).exec(TABLE), inMemory()]) {
      const goals = collectGoalEvents(db)
      db.exec(`BEGIN; ${TAKE}`)
      goals.close()
      db.exec('COMMIT')
      expect(kinds(await goals.events())).toEqual(['created'])
    }
  })

  it('leaves what waited in it, untold, to whom it belongs', async () => {
    const file = temporaryFile()
    const owner = connect(file).exec(TABLE)
    owner.pragma('journal_mode = WAL')
    observeGoals(owner, { exporter: { export() {} } })
    owner.exec(TAKE)
    owner.close()
    const db = connect(file)
    const goals = collectGoalEvents(db)
    for (let n = 1; n <= 3; n++) {
      db.exec('UPDATE thread_goals SET tokens_used = tokens_used + 1')
      expect(await goals.events()).toHaveLength(n)
    }
    expect(db.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()).toBe(4)
  })
})

describe('the package', () => {
  it.each(['import', 'require'])('exports it for %s, sharing the context of the other entries', async (how) => {
    const require = createRequire(import.meta.url)
    const load = (name: string) =>
      how === 'require' ? require(name) : import(require.resolve(name).replace(/\.cjs$/, '.mjs'))
    const [{ collectGoalEvents }, { withGoalContext }] = [await load('goaltrace/testing'), await load('goaltrace')]
    const db = new Database(':memory:').exec(TABLE)
    const goals = collectGoalEvents(db)
    withGoalContext({ turnId: how }, () => db.exec(TAKE))
    expect((await goals.events())[0].attributes['agent_goal.turn.id']).toBe(how)
    const { types } = require('goaltrace/package.json').exports['./testing'].default
    expect(existsSync(`${dirname(require.resolve('goaltrace/package.json'))}/${types}`)).toBe(true)
  })
})
