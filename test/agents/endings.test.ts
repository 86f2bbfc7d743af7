import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { deliverRest, expectTheSame } from './both.ts'
import type { AgentRun } from './run-agent.ts'

/** The delay is far longer than the agent runs, so that its exit finds pending rows. */
const LATE = { OTEL_BLRP_SCHEDULE_DELAY: '60000' }

const killed = (signal: NodeJS.Signals) => async (run: AgentRun) => {
  await run.prints('committed 20')
  run.child.kill(signal)
}

describe('an observed agent ends as it does without goaltrace', () => {
  it.each([
    { ending: 'when its event loop runs empty', how: 'end', code: 0 },
    { ending: 'when its event loop runs empty, its database closed', how: 'close', code: 0 },
    { ending: 'by process.exit()', how: 'exit', code: 3 },
    { ending: 'by an uncaught exception', how: 'throw', code: 1 },
    { ending: 'by an unhandled rejection', how: 'reject', code: 1 },
    { ending: 'by SIGINT, which it handles itself', how: 'stay', signal: 'SIGINT', code: 7 },
    { ending: 'by SIGTERM, which it does not handle', how: 'stay', signal: 'SIGTERM', code: null },
    { ending: 'by SIGHUP, which it does not handle', how: 'stay', signal: 'SIGHUP', code: null },
  ] as const)('$ending', async ({ how, code, ...rest }) => {
    const receiver = await Receiver.start()
    const meanwhile = 'signal' in rest ? { meanwhile: killed(rest.signal) } : {}
    const { end, folder } = await expectTheSame(receiver.url, { args: [20, how], env: LATE, ...meanwhile })
    expect(end.code).toBe(code)
    // An unhandled signal runs no code, so its rows stay pending for the next process.
    if (code === null) expect(receiver.logs).toHaveLength(0)
    await deliverRest(receiver, folder)
    expect(new Set(receiver.uids).size).toBe(folder.committed())
  })
})
