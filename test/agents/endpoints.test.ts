import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Mood, Receiver } from '../receiver.ts'
import { DRIVERS, deliverRest, expectTheSame } from './both.ts'

const SOON = { OTEL_BLRP_SCHEDULE_DELAY: '20' }
/** Arguments of agent.mjs: 20 changes, with time between them for delivery attempts. */
const LIVING = [20, 'end', 10] as const

describe('an agent does not notice an endpoint', () => {
  it.each<{ endpoint: string; mood: Mood }>([
    { endpoint: 'that hangs', mood: 'hang' },
    { endpoint: 'that cuts the connection', mood: 'cut' },
    { endpoint: 'that begins an answer and never finishes it', mood: 'half' },
    { endpoint: 'that answers something other than HTTP', mood: 'garbage' },
    { endpoint: 'that answers with somebody’s front page', mood: 'nonsense' },
    { endpoint: 'that is overloaded', mood: 503 },
    { endpoint: 'that refuses every request', mood: 401 },
  ])('$endpoint', async ({ mood }) => {
    const receiver = await Receiver.start()
    receiver.mood = mood
    const { folder } = await expectTheSame(receiver.url, { args: LIVING, env: SOON })
    expect(receiver.logRequests).toBeGreaterThan(0)
    await deliverRest(receiver, folder)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })

  it('that does not exist', async () => {
    const reserved = createServer().listen(0, '127.0.0.1')
    await once(reserved, 'listening')
    const { port } = reserved.address() as { port: number }
    reserved.close()
    await once(reserved, 'close')
    const { folder } = await expectTheSame(`http://127.0.0.1:${port}`, { args: LIVING, env: SOON })
    const receiver = await Receiver.start()
    await deliverRest(receiver, folder)
    expect(receiver.logs).toHaveLength(folder.committed())
  })

  it.each(['http://nowhere.invalid', 'nonsense', 'http://[', 'ftp://127.0.0.1'])('called %j', async (endpoint) => {
    await expectTheSame(endpoint, { args: LIVING, env: SOON })
  })
})

describe('100,000 changes in one tick', () => {
  it.each(DRIVERS)(
    'leave the agent on %s as it is alone, and all are delivered',
    { timeout: 120_000 },
    async (driver) => {
      const receiver = await Receiver.start()
      const changes = 100_000
      const { folder } = await expectTheSame(receiver.url, {
        script: 'burst.mjs',
        driver,
        args: [changes],
      })
      await deliverRest(receiver, folder)
      expect(new Set(receiver.uids).size).toBe(changes)
    },
  )
})
