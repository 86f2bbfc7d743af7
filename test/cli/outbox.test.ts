import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { AgentFolder } from '../agents/run-agent.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace } from './goaltrace.ts'

/** An endpoint without a receiver. */
const DOWN = 'http://127.0.0.1:9'

/** Of an agent that was killed with eight changes waiting, into whose outbox somebody else wrote. */
async function outboxWith(sql: string) {
  const folder = new AgentFolder()
  const agent = folder.start(DOWN, [7, 'stay'])
  await agent.prints('committed 7')
  agent.child.kill('SIGKILL')
  await agent.ended
  new Database(folder.file).exec(sql).close()
  const env = { GOALTRACE_STATE_DIR: folder.state, OTEL_EXPORTER_OTLP_TIMEOUT: '1000' }
  const outbox = (...args: string[]) => goaltrace(['outbox', folder.file, ...args], env).ended
  return {
    outbox,
    facts: async () => JSON.parse((await outbox('--json')).out),
    deliver: (to: Receiver) =>
      goaltrace(['relay', folder.file, '--once'], { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: to.url }).ended,
  }
}

interface Sent {
  readonly uid: string
  readonly attributes: Readonly<Record<string, unknown>>
}
const sentOf = (events: readonly Sent[]) =>
  events.map(({ uid, attributes: { 'log.record.uid': _, ...others } }) => ({ uid, ...others }))

describe('goaltrace outbox, of a file with rows that goaltrace cannot read', () => {
  it('shows the others, and those with their number and why, before they are set aside and after', async () => {
    const { outbox, facts, deliver } = await outboxWith(
      `UPDATE _goaltrace_outbox SET context = 'not mine' WHERE seq IN (1, 3, 8)`,
    )
    const before = await facts()
    expect(before).toMatchObject({ waiting: 8, events: 5 })
    const why = 'goaltrace did not write its context'
    expect(before.unreadable).toEqual([1, 3, 8].map((seq) => ({ seq, why })))
    const plain = await outbox()
    expect([plain.code, plain.err]).toEqual([0, ''])
    expect(plain.out).toContain(`unreadable row 3: ${why}`)
    expect(plain.out.match(/usage_accounted/g)).toHaveLength(5)

    const receiver = await Receiver.start()
    const { out } = await deliver(receiver)
    expect(out).toMatch(/: 5 changes delivered, 3 set aside \(`goaltrace outbox .*` shows why\), nothing is pending\n$/)
    expect(sentOf(receiver.logs.map(({ uid, attributes }) => ({ uid, attributes })))).toEqual(sentOf(before.next))
    const after = await facts()
    expect(after).toMatchObject({ waiting: 0, events: 0, unreadable: [] })
    expect(after.refused.map(({ uid }: Sent) => uid)).toEqual(['row 1', 'row 3', 'row 8'])
  })
})

describe('goaltrace outbox, of a file whose sender is lost', () => {
  it('shows what will be delivered all the same, and says so', async () => {
    const { outbox, facts, deliver } = await outboxWith('DELETE FROM _goaltrace_senders')
    const before = await facts()
    expect(before).toMatchObject({ waiting: 8, events: 8, lost: 8 })
    expect((await outbox()).out).toContain('sender lost of 8')
    const receiver = await Receiver.start()
    await deliver(receiver)
    const sent = receiver.logs.map(({ uid, attributes }) => ({ uid, attributes }))
    expect(sentOf(sent).slice(0, 5)).toEqual(sentOf(before.next))
    expect(sent).toHaveLength(8)
  })
})
