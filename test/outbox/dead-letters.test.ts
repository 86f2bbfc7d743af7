import { diag } from '@opentelemetry/api'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Receiver } from '../receiver.ts'
import { observedGoals } from '../telemetry/observed-goals.ts'

async function receiving() {
  const receiver = await Receiver.start()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = receiver.url
  return receiver
}

describe('a record that the receiver refuses', () => {
  it('does not keep the others from arriving, and is set aside with the reason', async () => {
    const receiver = await receiving()
    receiver.poison = 'thread-13'
    const goals = observedGoals()
    for (let n = 10; n < 40; n++) goals.create(`thread-${n}`)
    await goals.flush()
    expect(receiver.logs).toHaveLength(29)
    goals.create('thread-99')
    await goals.flush()
    expect(new Set(receiver.uids).size).toBe(30)
    expect(goals.deadLetters()).toMatchObject([
      {
        reason: 'Bad Request',
        record: { eventName: 'agent_goal.created', attributes: { 'gen_ai.conversation.id': 'thread-13' } },
      },
    ])
  })
})

describe('a record that the receiver rejects with a 200', () => {
  it('is set aside with the reason where it was alone, and not taken for delivered', async () => {
    const receiver = await receiving()
    const goals = observedGoals()
    goals.create('thread-1')
    await goals.flush()
    receiver.rejects = 'thread-2'
    for (const n of [21, 22, 23]) goals.create(`thread-${n}`)
    await goals.flush()
    expect(receiver.logs).toHaveLength(1)
    expect(goals.deadLetters().map(({ reason }) => reason)).toEqual(Array(3).fill('rejected: too old'))
    goals.create('thread-3')
    await goals.flush()
    expect(receiver.logs).toHaveLength(2)
  })

  it('stays pending where the receiver has never taken any', async () => {
    const receiver = await receiving()
    receiver.rejects = 'thread'
    const goals = observedGoals()
    goals.create('thread-1')
    await expect(goals.flush()).rejects.toThrow('accepts no log records: rejected: too old')
    expect(goals.deadLetters()).toEqual([])
  })

  it('is logged where it was among others, which arrive once', async () => {
    const logged: string[] = []
    diag.setLogger({ error() {}, warn: (line) => logged.push(line), info() {}, debug() {}, verbose() {} })
    onTestFinished(() => diag.disable())
    const receiver = await receiving()
    receiver.rejects = 'thread-13'
    const goals = observedGoals()
    for (let n = 10; n < 20; n++) goals.create(`thread-${n}`)
    await goals.flush()
    expect(receiver.logs).toHaveLength(9)
    expect(logged.join('\n')).toContain(
      'the receiver has rejected 1 of 10 log records, and does not say which: too old',
    )
  })
})

describe('a receiver that wants something else', () => {
  it.each([
    [401, 'it answers 401 Unauthorized; give it what it asks for by OTEL_EXPORTER_OTLP_HEADERS'],
    [308, 'it answers 308 Permanent Redirect; name the address that it leads to, as a redirect is not followed'],
    [404, 'it answers 404 Not Found; fix its path: OTEL_EXPORTER_OTLP_ENDPOINT ends before /v1/logs'],
    [500, 'it answers 500 Internal Server Error'],
  ] as const)('is named with its status and what to do about it: %i', async (status, sentence) => {
    const receiver = await receiving()
    receiver.mood = status
    const goals = observedGoals()
    goals.create('t')
    const failure = await goals.flush().then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    expect(failure).toMatchObject({ code: status, message: expect.stringContaining(`${receiver.url}: ${sentence}`) })
  })
})

describe('a receiver that refuses everything', () => {
  it('is a wrong address: nothing is set aside, and all of it stays pending', async () => {
    const receiver = await receiving()
    receiver.mood = 400
    const goals = observedGoals()
    for (let n = 0; n < 100; n++) goals.create(`thread-${n}`)
    await expect(goals.flush()).rejects.toThrow('Bad Request')
    // A few to find out, not a request a record.
    expect(receiver.logRequests).toBeLessThan(30)
    expect(goals.deadLetters()).toEqual([])
    receiver.mood = 'ok'
    goals.create('thread-100')
    await goals.flush()
    expect(receiver.logs).toHaveLength(101)
  })

  it('keeps a single event pending too', async () => {
    const receiver = await receiving()
    receiver.mood = 400
    const goals = observedGoals()
    goals.create('alone')
    await expect(goals.flush()).rejects.toThrow('accepts no log records')
    expect(goals.deadLetters()).toEqual([])
  })
})
