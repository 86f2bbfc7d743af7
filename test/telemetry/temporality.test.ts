import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AgentFolder, LATE } from '../agents/run-agent.ts'
import { type ReceivedMetric, Receiver } from '../receiver.ts'
import { observedGoals } from './observed-goals.ts'

const [DELTA, CUMULATIVE] = [1, 2]
const PREFERENCE = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'
const HISTOGRAM = 'OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'
const within = { timeout: 60_000 }
let receiver: Receiver

beforeEach(async () => {
  receiver = await Receiver.start()
  set('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
})

function set(name: string, value: string): void {
  process.env[name] = value
  onTestFinished(() => {
    delete process.env[name]
  })
}

interface Data {
  readonly sum?: {
    readonly aggregationTemporality: number
    readonly dataPoints: { asDouble?: number; asInt?: string }[]
  }
  readonly histogram?: { readonly aggregationTemporality: number }
  readonly exponentialHistogram?: object
}

const all = (name: string) =>
  receiver.metrics.filter((metric) => metric.name === name).map(({ data }: ReceivedMetric) => data as Data)
const transitions = () =>
  all('agent_goal.transitions').map(({ sum }) => [
    sum?.aggregationTemporality,
    ...(sum?.dataPoints ?? []).map(({ asDouble, asInt }) => Number(asDouble ?? asInt)),
  ])

describe('an agent whose backend adds up what it gets', () => {
  it.each([
    ['delta', [DELTA, 1], [DELTA, 2], DELTA],
    ['Delta', [DELTA, 1], [DELTA, 2], DELTA],
    ['lowmemory', [DELTA, 1], [DELTA, 2], CUMULATIVE],
    ['cumulative', [CUMULATIVE, 1], [CUMULATIVE, 3], CUMULATIVE],
  ])('gets what it asks for by %s', async (preference, first, second, ofObservable) => {
    set(PREFERENCE, preference)
    const goals = observedGoals()
    goals.create('a')
    await goals.flush()
    goals.create('b')
    goals.create('c')
    await goals.flush()
    expect(transitions()).toEqual([first, second])
    const dropped = all('agent_goal.outbox.dropped').map(({ sum }) => sum?.aggregationTemporality)
    expect(new Set(dropped)).toEqual(new Set([ofObservable]))
  })

  it('gets deltas at an exit as well, and of what the next start delivers', async () => {
    const folder = new AgentFolder()
    const env = { [PREFERENCE]: 'delta', ...LATE }
    await folder.run(receiver.url, [1, 'exit'], env)
    expect(transitions().length).toBeGreaterThan(0)
    const killed = folder.start(receiver.url, [3, 'stay'], env)
    await killed.prints('committed 3')
    killed.child.kill('SIGKILL')
    await killed.ended
    const before = transitions().length
    folder.start(receiver.url, [1, 'stay'], { ...env, OTEL_BLRP_SCHEDULE_DELAY: '50' })
    await expect.poll(() => transitions().length, within).toBeGreaterThan(before)
    expect(new Set(transitions().map(([temporality]) => temporality))).toEqual(new Set([DELTA]))
  })
})

describe('a histogram', () => {
  it.each([
    [undefined, 'histogram'],
    ['base2_exponential_bucket_histogram', 'exponentialHistogram'],
  ] as const)('under %s is a %s', async (aggregation, kind) => {
    if (aggregation) set(HISTOGRAM, aggregation)
    const goals = observedGoals()
    goals.create('a')
    goals.spend('a', 100, 2)
    goals.set('a', 'complete')
    await goals.flush()
    expect(Object.keys(all('agent_goal.usage.tokens')[0] ?? {})).toContain(kind)
  })
})
