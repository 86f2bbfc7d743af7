import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { expectTheSame } from './both.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }
const EVENTS = 11

describe('an agent does not notice what throws into goaltrace', () => {
  it.each([
    { hook: 'span processor', events: EVENTS },
    { hook: 'sampler', events: EVENTS },
    { hook: 'tracer provider', events: EVENTS },
    { hook: 'tracer', events: EVENTS },
    { hook: 'meter provider', events: EVENTS },
    { hook: 'meter', events: EVENTS },
    { hook: 'span', events: EVENTS },
  ])('the $hook of the app; its events arrive', async ({ hook, events }) => {
    const receiver = await Receiver.start()
    await expectTheSame(receiver.url, { script: 'throwing.mjs', args: [hook], env: SOON })
    expect(new Set(receiver.uids).size).toBe(events)
  })

  it('the log of diagnostics, which is told that the receiver is overloaded', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 503
    await expectTheSame(receiver.url, { script: 'throwing.mjs', args: ['log of diagnostics'], env: SOON })
    expect(receiver.logRequests).toBeGreaterThan(0)
  })

  it.each([
    'resolver of threads',
    'exporter',
    'exporter that tells twice',
    'exporter that tells nothing',
    'exporter that rejects',
  ])('the %s given to observeGoals', async (hook) => {
    const receiver = await Receiver.start()
    const env = { ...SOON, OBSERVED: 'yes' }
    await expectTheSame(receiver.url, { script: 'throwing.mjs', args: [hook], env, register: false })
  })
})
