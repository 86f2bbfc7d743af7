import { describe, expect, it } from 'vitest'
import { recordGoalChange } from '../../src/index.ts'
import { connect, observe, TABLE, temporaryFile, warnings } from '../capture/observed-goals.ts'
import { fileOutbox } from '../store/recorded-goals.ts'

process.env.OTEL_BLRP_SCHEDULE_DELAY = '5'
process.env.OTEL_BLRP_MAX_EXPORT_BATCH_SIZE = '4'

const LIMIT = 100
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Sent {
  eventName: string
  attributes: Record<string, unknown>
}

/** A receiver that can be down. */
function receiver() {
  const state = { up: true, sent: [] as Sent[] }
  const exporter = {
    export(records: Sent[], done: (_: { code: number; error?: Error }) => void) {
      if (!state.up) return done({ code: 1, error: new Error('down') })
      state.sent.push(...records)
      done({ code: 0 })
    },
  }
  return { state, exporter }
}

function goals(threads: number) {
  const { state, exporter } = receiver()
  const database = connect(temporaryFile())
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; ${TABLE}`)
  const { observation, run } = observe(database, { exporter, maxOutboxRows: LIMIT })
  const names = Array.from({ length: threads }, (_, n) => `t${n}`)
  const spend = database.prepare('UPDATE thread_goals SET tokens_used = tokens_used + 1 WHERE thread_id = ?')
  return {
    database,
    observation,
    run,
    state,
    names,
    create: () => {
      for (const name of names) run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')`, name)
    },
    spend: (name: string) => void spend.run(name),
    waiting: () => Number(database.prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get()),
    /** The last totals that were reported of each thread. */
    totals: () =>
      Object.fromEntries(
        state.sent.map(({ attributes: of }) => [of['gen_ai.conversation.id'], of['agent_goal.usage.tokens']]),
      ),
    kinds: (kind: string) => state.sent.filter(({ eventName }) => eventName === `agent_goal.${kind}`).length,
  }
}

describe('an outbox above its limit', () => {
  it('drops usage that newer usage supersedes, and nothing else: all totals are right in the end', async () => {
    const said = warnings()
    const { run, state, names, create, spend, waiting, totals, kinds, observation, database } = goals(10)
    state.up = false
    create()
    // The limit is kept by who knows how far delivery is.
    await pause(50)
    for (let n = 0; n < 1000; n++) {
      spend(names[n % 9] as string)
      if (n % 200 === 0) run(`UPDATE thread_goals SET status = 'paused' WHERE thread_id = ?`, names[(n / 200) % 9])
    }
    run(`DELETE FROM thread_goals WHERE thread_id = 't8'`)
    spend('t9')
    const warned = said.filter((one) => one.includes('its limit'))
    expect(warned).toEqual([expect.stringContaining('100 changes of goals are pending in the outbox of')])
    expect(waiting()).toBeLessThan(LIMIT + 20)
    const table = database.prepare('SELECT thread_id, tokens_used FROM thread_goals').raw().all() as [string, number][]
    state.up = true
    await observation.flush()
    expect(totals()).toEqual({ ...Object.fromEntries(table), t8: 111 })
    expect([kinds('created'), kinds('status_changed'), kinds('cleared')]).toEqual([10, 5, 1])
    expect(kinds('usage_accounted')).toBeLessThan(LIMIT + 20)
    // And below it nothing is dropped any more.
    const before = kinds('usage_accounted')
    for (let n = 0; n < 50; n++) spend('t0')
    await observation.flush()
    expect(kinds('usage_accounted')).toBe(before + 50)
  })

  it('keeps what no newer usage supersedes, beyond the limit too', async () => {
    const { state, create, waiting, spend, observation, kinds } = goals(300)
    state.up = false
    create()
    await pause(50)
    spend('t0')
    spend('t1')
    expect(waiting()).toBe(302)
    state.up = true
    await observation.flush()
    expect([kinds('created'), kinds('usage_accounted')]).toEqual([300, 2])
  })

  it('keeps usage whose newer one is rolled back', async () => {
    const { state, names, create, spend, observation, database, totals } = goals(3)
    state.up = false
    create()
    await pause(50)
    for (let n = 0; n < 300; n++) spend(names[n % 2] as string)
    spend('t2')
    for (let n = 0; n < 50; n++) {
      database.exec('BEGIN')
      for (let m = 0; m < 5; m++) spend('t2')
      database.exec('ROLLBACK')
      spend('t0')
    }
    state.up = true
    await observation.flush()
    expect(totals()).toEqual({ t0: 200, t1: 150, t2: 1 })
  })

  it('is kept by changes in transactions too', async () => {
    const { state, names, create, spend, observation, database, totals, waiting } = goals(3)
    state.up = false
    create()
    await pause(50)
    const turn = database.transaction((n: number) => {
      for (let m = 0; m < 10; m++) spend(names[m % 3] as string)
      if (n % 7 === 0) throw new Error('rolled back')
    })
    for (let n = 1; n <= 70; n++) {
      try {
        turn(n)
      } catch {}
    }
    // What is dropped in vain, in a transaction that is rolled back, is counted as dropped.
    expect(waiting()).toBeLessThan(2 * LIMIT)
    state.up = true
    await observation.flush()
    expect(totals()).toEqual({ t0: 240, t1: 180, t2: 180 })
  })

  it('is delivered while it is dropped from, once and without a gap', async () => {
    const { state, names, create, spend, observation, totals } = goals(5)
    state.up = false
    create()
    await pause(50)
    for (let n = 0; n < 2000; n++) {
      spend(names[n % 5] as string)
      if (n === 1000) state.up = true
      if (n % 50 === 0) await pause(2)
    }
    await observation.flush()
    expect(totals()).toEqual({ t0: 400, t1: 400, t2: 400, t3: 400, t4: 400 })
    const uids = state.sent.map(({ attributes }) => attributes['log.record.uid'])
    expect(new Set(uids).size).toBe(uids.length)
  })

  it('keeps the row up to which it has been delivered: without it, all of it would be delivered again', async () => {
    const { state, create, spend, observation, run, database } = goals(1)
    create()
    spend('t0')
    await observation.flush()
    const delivered = database.prepare('SELECT max(seq) FROM _goaltrace_outbox').pluck().get()
    state.up = false
    // None of these may go, so that what could is looked for from the first row on, again and again.
    for (let n = 1; n < 2 * LIMIT; n++) run(`INSERT INTO thread_goals (thread_id, goal_id) VALUES (?, 'g')`, `t${n}`)
    for (let n = 0; n < LIMIT; n++) spend('t0')
    expect(database.prepare('SELECT min(seq) FROM _goaltrace_outbox').pluck().get()).toBe(delivered)
  })

  it('of recorded changes is kept as well', async () => {
    const { outbox } = fileOutbox()
    const { state, exporter } = receiver()
    state.up = false
    const options = { outbox, exporter, maxOutboxRows: LIMIT }
    const goal = (tokensUsed: number) => ({ threadId: 't', goalId: 'g', status: 'active' as const, tokensUsed })
    recordGoalChange(null, goal(0), {}, options)
    await pause(50)
    for (let n = 1; n <= 500; n++) recordGoalChange(goal(n - 1), goal(n), {}, options)
    expect(Number(connect(outbox).prepare('SELECT count(*) FROM _goaltrace_outbox').pluck().get())).toBeLessThan(120)
    state.up = true
    await expect.poll(() => state.sent.at(-1)?.attributes['agent_goal.usage.tokens'], { timeout: 60_000 }).toBe(500)
    expect(state.sent[0]?.eventName).toBe('agent_goal.created')
  })
})
