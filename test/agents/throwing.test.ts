import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { deliverRest, expectTheSame } from './both.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }
const EVENTS = 11

describe('an agent does not notice what throws into goaltrace', () => {
  it.each([
    'span processor',
    'sampler',
    'tracer provider',
    'tracer',
    'meter provider',
    'meter',
    'span',
    // It keeps the exporters from being made; what waits is delivered by somebody else.
    'log of diagnostics',
  ])('the %s of the app; its events arrive', async (hook) => {
    const receiver = await Receiver.start()
    const { folder } = await expectTheSame(receiver.url, { script: 'throwing.mjs', args: [hook], env: SOON })
    if (hook !== 'log of diagnostics') expect(receiver.logs.length).toBeGreaterThan(0)
    await deliverRest(receiver, folder)
    expect(new Set(receiver.uids).size).toBe(EVENTS)
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
