import type { GoalFiles } from '../../mapping/goal-files.ts'

const ACTIVE = [
  'PLANNING',
  'ADVANCING_PHASE',
  'COMPILING',
  'PREPARING',
  'RUNNING_WAVE',
  'RUNNING_AGENT',
  'VERIFYING',
  'ADJUDICATING',
]
const WAITING = ['AWAIT_PLAN_SEAL', 'AWAIT_SEAL', 'AWAIT_SIGNOFF']

const all = <Status>(words: readonly string[], status: Status) =>
  Object.fromEntries(words.map((word) => [word, status]))

/** krimvp/goaly: a goal is a run, and each line of its log says in which state it is after an event. */
export const GOALY: readonly GoalFiles[] = [
  {
    path: ['.goaly/*/log.jsonl', '.goaly/worktrees/*/.goaly/*/log.jsonl'],
    read: 'lines',
    thread: 'runId',
    time: 'ts',
    goals: [
      {
        records: [
          { where: { stateTagAfter: { not: null }, seq: 0 } },
          { where: { stateTagAfter: { not: null } }, merge: true },
        ],
        fields: {
          ...{ goalId: 'runId', status: 'stateTagAfter', tokensUsed: 'event.budget.tokensSpent' },
          timeUsedSeconds: { at: 'event.budget.wallClockMs', unit: 'ms' },
        },
        statuses: {
          ...all(ACTIVE, 'active' as const),
          ...all(WAITING, 'paused' as const),
          ...{ DONE: 'complete', FAILED: 'blocked', ABORTED: 'cleared' },
        },
      },
    ],
  },
]
