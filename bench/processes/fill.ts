import { context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { withGoalContext } from '../../src/telemetry/goal-context.ts'
import { observedGoals } from './observed-goals.ts'

/**
 * An agent that dies before anything is delivered: node fill.ts FILE ROWS [turns|turns-at-once] leaves this many changes of
 * goals in the outbox; with the latter two, each made in a span and a turn of the agent's: one goal after the other, or all at once.
 */
const [file = '', rows, how] = process.argv.slice(2)
const CHANGES_A_TURN = 10
const GOALS = 1000

const database = observedGoals(file)
const take = database.prepare(
  `INSERT INTO thread_goals VALUES (?, ?, 'Make the tests green', 'active', 1000000000, 0, 0, 0, 0)`,
)
const SPEND = 'UPDATE thread_goals SET tokens_used = tokens_used + 700, time_used_seconds = time_used_seconds + 3'
const spend = database.prepare(SPEND)
const spendOf = database.prepare(`${SPEND} WHERE thread_id = ?`)
database.transaction(() => {
  for (let goal = 0; goal < GOALS; goal++) take.run(`thread-${goal}`, `goal-${goal}`)
})()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
const changesEach = Number(rows) / GOALS - 1
if (how === 'turns') {
  for (let change = 0; change < changesEach * GOALS; change++) {
    const goal = Math.floor(change / changesEach)
    inTurn(Math.floor(change / CHANGES_A_TURN) + 1, () => spendOf.run(`thread-${goal}`))
  }
} else {
  for (let change = 0; change < changesEach; change++) {
    if (how === 'turns-at-once') inTurn(Math.floor(change / CHANGES_A_TURN) + 1, () => spend.run())
    else spend.run()
  }
}
process.kill(process.pid, 'SIGKILL')

function inTurn(turn: number, change: () => void): void {
  const digits = turn.toString(16)
  const span = { traceId: digits.padStart(32, '1'), spanId: digits.padStart(16, '2'), traceFlags: TraceFlags.SAMPLED }
  const around = trace.setSpanContext(ROOT_CONTEXT, span)
  context.with(around, () => withGoalContext({ turnId: `turn ${turn}` }, change))
}
