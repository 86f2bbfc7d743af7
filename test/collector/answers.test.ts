import { afterAll, beforeAll, expect, it } from 'vitest'
import { CONFIGS, Collector, describeWithCollector, textOf, until } from './collector.ts'
import { OtlpServer } from './otlp-server.ts'
import { type GoalRecord, logsRequest, recordings } from './records.ts'
import { TroubledBackend } from './troubled-backend.ts'

const goal = recordings()[0]?.record as GoalRecord
const DROPPED = 'Exporting failed. Dropping data.'

const ANSWERS = {
  'config.yaml': { again: ['cut', 'slow', 429, 502, 503, 504], never: [400, 401, 403, 404, 413, 500] },
  'config-codex-wire.yaml': { again: ['cut', 'slow', 404, 413, 429, 500, 502, 503], never: [400, 401, 403] },
} as const

describeWithCollector.each(CONFIGS)('with %s, a goal event that the backend answers', (config) => {
  let analytics: OtlpServer
  let troubled: TroubledBackend
  let collector: Collector

  beforeAll(async () => {
    analytics = await OtlpServer.start()
    troubled = await TroubledBackend.start(analytics.url)
    collector = await Collector.start({ ANALYTICS_URL: troubled.url }, textOf(config))
  })
  afterAll(async () => {
    await collector?.[Symbol.asyncDispose]()
    await troubled?.down()
    await analytics?.down()
  })

  const drops = () => collector.log.split(DROPPED).length - 1
  const send = async () => expect(await collector.post('logs', logsRequest([{ ...goal, uid: 'a-uid' }]))).toBe(200)

  it.each(ANSWERS[config].again)('with %s is sent until it is taken', async (trouble) => {
    const [before, dropped] = [analytics.requests.length, drops()]
    troubled.trouble = trouble
    await send()
    await until(() => troubled.met(trouble) > 0, 20, 'the backend is asked')
    troubled.trouble = 'none'
    // What was cut off had arrived already, and arrives again.
    const comes = trouble === 'cut' ? 2 : 1
    await until(() => analytics.requests.length >= before + comes, 20, 'the event comes')
    expect(drops()).toBe(dropped)
  })

  it.each(ANSWERS[config].never)('with %s is dropped, and the Collector logs it', async (status) => {
    const [before, dropped] = [analytics.requests.length, drops()]
    troubled.trouble = status
    await send()
    await until(() => drops() > dropped, 20, 'the event is dropped')
    troubled.trouble = 'none'
    expect(troubled.met(status)).toBe(1)
    expect(analytics.requests.length).toBe(before)
  })
})
