import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { deliverRest, expectTheSame } from './both.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }
const EVENTS = 11

describe('an agent does not notice errors thrown into goaltrace', () => {
  it.each([
    'span processor',
    'sampler',
    'tracer provider',
    'tracer',
    'meter provider',
    'meter',
    'span',
    // It keeps the exporters from being created; pending rows are delivered by another process.
    'log of diagnostics',
  ])('the %s of the app; its events are delivered', async (hook) => {
    const receiver = await Receiver.start()
    const { folder } = await expectTheSame(receiver.url, { script: 'throwing.mjs', args: [hook], env: SOON })
    if (hook !== 'log of diagnostics') expect(receiver.logs.length).toBeGreaterThan(0)
    await deliverRest(receiver, folder)
    expect(new Set(receiver.uids).size).toBe(EVENTS)
  })

  it('the clock of a process that has lost it; its events are delivered by the next one', async () => {
    const receiver = await Receiver.start()
    const args = ['clock of the process']
    const { folder } = await expectTheSame(receiver.url, { script: 'throwing.mjs', args, env: SOON })
    await deliverRest(receiver, folder)
    expect(new Set(receiver.uids).size).toBe(EVENTS)
  })

  it.each([
    'resolver of threads',
    'exporter',
    'exporter that calls back twice',
    'exporter that calls back without a result',
    'exporter that rejects',
  ])('the %s given to observeGoals', async (hook) => {
    const receiver = await Receiver.start()
    const env = { ...SOON, OBSERVED: 'yes' }
    await expectTheSame(receiver.url, { script: 'throwing.mjs', args: [hook], env, register: false })
  })
})
