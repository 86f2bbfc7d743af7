import { describe, expect, it } from 'vitest'
import { decode, parseSender } from '../../src/outbox/decode-row.ts'
import { Outbox } from '../../src/outbox/outbox.ts'
import { Receiver } from '../receiver.ts'
import { observedGoals } from '../telemetry/observed-goals.ts'

async function receiving() {
  const receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  return receiver
}

/** SQL of a context: its own, or a good one with another end. */
const good = (json: string) =>
  `(SELECT CAST(substr(context, 1, 51) || CAST('${json}' AS BLOB) AS BLOB) FROM _goaltrace_outbox WHERE seq = 1)`
const CONTEXTS = [
  ['a text', `'not mine'`],
  ['a text longer than a context, of characters of several bytes', `'${'ünïcödé'.repeat(20)}'`],
  ['a number', '7777777777777'],
  ['zeros', 'zeroblob(100)'],
  ['half a JSON', good('{"turnId":')],
  ['JSON that is not an object', good('null')],
  ['replaced rows that are none', good('{"replaced":5}')],
  ['superseded rows that are none', good('{"supersedes":true}')],
] as const

describe.each(CONTEXTS)('a foreign row in the outbox whose context is %s', (_, context) => {
  it('does not keep the others from arriving, once, and is set aside with its number', async () => {
    const receiver = await receiving()
    const goals = observedGoals()
    goals.create('before')
    goals.database.exec(
      `INSERT INTO _goaltrace_outbox (sender, context, thread, goal, status) VALUES (1, ${context}, 't', 'g', 'active')`,
    )
    goals.create('after')
    goals.database.exec(`INSERT INTO _goaltrace_outbox (sender, context) VALUES (1, ${context})`)
    await goals.flush()
    const threads = () => receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])
    expect(threads()).toEqual(['before', 'after'])
    expect(goals.deadLetters().map(({ uid, reason }) => [uid, reason.split(':')[0]])).toEqual([
      ['row 2', 'cannot be read'],
      ['row 4', 'cannot be read'],
    ])
    goals.create('later')
    await goals.flush()
    expect(threads()).toEqual(['before', 'after', 'later'])
  })
})

describe('a row that is whole but for its context, as a terminated worker leaves it', () => {
  it('arrives in order, with the same uid each time it is read, and without a caller', async () => {
    const receiver = await receiving()
    const goals = observedGoals()
    goals.create('before')
    goals.create('lost')
    goals.database.exec(`UPDATE _goaltrace_outbox SET context = NULL WHERE thread = 'lost'`)
    goals.create('after')
    // One that says of no goal is no change.
    goals.database.exec('INSERT INTO _goaltrace_outbox (sender) VALUES (1)')
    const outbox = new Outbox((read) => read(goals.database))
    const read = () => decode(outbox.read(0, 10), (id) => parseSender(outbox.senderText(id)))
    const [first, again] = [read(), read()]
    expect(again).toEqual(first)
    expect(first.unreadable.map(({ seq }) => seq)).toEqual([4])
    const [before, lost, after] = first.changes
    expect(new Set(first.changes.flatMap(({ uids }) => uids)).size).toBe(3)
    expect(lost?.uids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{10}00$/)
    expect(lost?.context).toMatchObject({ atMs: before?.context.atMs, traceId: '0'.repeat(32) })
    expect(after?.context.uid).not.toBe(lost?.context.uid)
    await goals.flush()
    const threads = receiver.logs.map(({ attributes }) => attributes['gen_ai.conversation.id'])
    expect(threads).toEqual(['before', 'lost', 'after'])
    expect(goals.deadLetters().map(({ uid }) => uid)).toEqual(['row 4'])
  })
})

describe.each([
  ['gone', 'DELETE FROM _goaltrace_senders'],
  ['no JSON', `UPDATE _goaltrace_senders SET sender = 'not mine'`],
  ['of another shape', `UPDATE _goaltrace_senders SET sender = '{"resource":{}}'`],
  ['NULL', 'UPDATE _goaltrace_senders SET sender = NULL'],
  ['of another number', 'UPDATE _goaltrace_outbox SET sender = NULL'],
])('a sender that is %s', (_, sql) => {
  it('costs its rows their resource, not their arrival', async () => {
    const receiver = await receiving()
    const goals = observedGoals()
    goals.create('one')
    goals.spend('one', 5, 2)
    goals.database.exec(sql)
    await goals.flush()
    expect(
      receiver.logs.map(({ eventName, attributes }) => [eventName, attributes['agent_goal.usage.tokens']]),
    ).toEqual([
      ['agent_goal.created', 0],
      ['agent_goal.usage_accounted', 5],
    ])
  })
})
