import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { GoalSnapshot } from '../../src/event/goal-change.ts'
import { goalEvents } from '../../src/event/goal-event.ts'
import { json, LOGS, Watching } from './watching.ts'

const FILE = 'sessions/w/one.jsonl'
const TREE = { ...LOGS, goals: LOGS.goals.map((one) => ({ ...one, branch: 'parentId' })) }

const step = fc.record({
  act: fc.constantFrom('say', 'say', 'set', 'usage', 'clear'),
  goal: fc.constantFrom('g', 'h'),
  status: fc.constantFrom('active', 'complete'),
  tokens: fc.nat(9),
  /** How many lines back it goes on from; 0 is the last one, most often. */
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(12)),
  /** What the watch does after it. */
  read: fc.constantFrom('write', 'look', 'restart', 'half'),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Goal = GoalSnapshot | null

/** What each line makes of the goal of its branch, by the tree alone. */
function after(goal: Goal, { act, goal: goalId, status, tokens }: Step): Goal {
  if (act === 'say') return goal
  if (act === 'clear') return null
  if (act === 'set') return { threadId: 's', goalId, status, tokensUsed: tokens } as GoalSnapshot
  return goal?.goalId === goalId ? { ...goal, tokensUsed: tokens } : goal
}

function lineOf({ act, goal, status, tokens }: Step): object {
  if (act === 'say') return { type: 'message', message: { role: 'user', content: '"parentId":"l1" HERON' } }
  const data =
    act === 'set'
      ? { action: 'set', goal: { goalId: goal, status, tokensUsed: tokens } }
      : act === 'usage'
        ? { action: 'usage', goalId: goal, tokensUsed: tokens }
        : { action: 'clear' }
  return { type: 'custom', customType: 'goal', data }
}

it('what is reported of a session that goes back and forth is what its tree says, however it is read', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
      const watching = new Watching([TREE])
      watching.look()
      const at: Goal[] = []
      const expected: string[] = []
      let now: Goal = null
      let text = json({ type: 'session', id: 's', timestamp: '2026-01-01T00:00:00Z' })
      const tell = (next: Goal) => {
        for (const { kind, goal } of goalEvents({ before: now, after: next })) {
          expected.push(`s ${kind} ${goal.status} ${goal.tokensUsed}`)
        }
        now = next
      }
      for (const [n, one] of steps.entries()) {
        // From none at all, too.
        const parent = n - 1 - one.back
        tell(parent < 0 ? null : (at[parent] ?? null))
        tell(after(now, one))
        at.push(now)
        const place = { id: `l${n}`, parentId: parent < 0 ? null : `l${parent}`, timestamp: '2026-01-01T00:00:00Z' }
        text += json({ ...lineOf(one), ...place })
        watching.write(FILE, one.read === 'half' ? text.slice(0, -7) : text)
        if (one.read !== 'write') watching.look()
        if (one.read === 'restart') watching.restart()
      }
      watching.write(FILE, text)
      watching.look()
      expect(watching.events).toEqual(expected)
      expect(watching.said).toEqual([])
    }),
    { numRuns: 60 },
  )
})
