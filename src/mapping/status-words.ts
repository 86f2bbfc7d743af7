import type { GoalStatus } from '../goal/goal.ts'
import { plainWord } from './plain-word.ts'

/** What a word of a table can mean: a goal's status, or `cleared` for a row that stays in the table though its goal is gone. */
export type Meaning = GoalStatus | 'cleared'

interface Words {
  readonly means: Meaning
  /** Why these words mean that. */
  readonly why: string
  readonly words: string
}

/** The words by which public agents say how a goal stands, and what each means in a proposal. */
const WORDS: readonly Words[] = [
  {
    means: 'active',
    why: 'It is taken on. A goal has no status before it is worked on, so one that waits in a queue is active too.',
    words: `active pending queued todo to_do open new created draft backlog planned planning scheduled ready not_started
      running executing working in_progress ongoing doing processing started submitted accepted assigned claimed approved
      inprogress resumed retrying reopened review in_review reviewing verifying validating testing on_track at_risk`,
  },
  {
    means: 'paused',
    why: 'Nobody works on it for now, and it goes on without help: by a timer, a turn or somebody who resumes it.',
    words: `paused waiting on_hold hold held suspended interrupted idle sleeping deferred postponed snoozed delayed
      inactive disabled stopped parked`,
  },
  {
    means: 'blocked',
    why: 'It has met something that keeps it from going on: an error, a refusal, a question to somebody.',
    words: `blocked stuck needs_help needs_input needs_review needs_approval input_required auth_required
      awaiting_input awaiting_approval awaiting_user waiting_for_input waiting_for_user waiting_for_approval
      failed failure error errored crashed timed_out timeout rejected unsatisfiable infeasible impossible missed
      incomplete lost stalled off_track escalated`,
  },
  {
    means: 'usage_limited',
    why: 'The provider gives no more for now.',
    words: 'usage_limited rate_limited quota_exceeded throttled',
  },
  {
    means: 'budget_limited',
    why: "The goal's own budget is used up.",
    words:
      'budget_limited budget_exceeded over_budget out_of_budget budget_exhausted token_limit_reached max_tokens_reached',
  },
  {
    means: 'complete',
    why: 'It is reached.',
    words: `complete completed succeeded success successful done finished achieved accomplished fulfilled satisfied met
      resolved solved closed passed verified delivered shipped merged`,
  },
  {
    means: 'cleared',
    why: 'Nobody pursues it any more, though its row stays.',
    words: `cleared abandoned cancelled canceled archived deleted removed dropped discarded dismissed withdrawn retired
      aborted killed terminated revoked skipped expired obsolete superseded replaced duplicate wont_do wont_fix`,
  },
]

const MEANINGS = new Map<string, Meaning>(
  WORDS.flatMap(({ means, words }) => words.split(/\s+/).map((word) => [word, means] as const)),
)

/** All of them, in this order. */
export const KNOWN_WORDS: readonly (readonly [word: string, means: Meaning])[] = [...MEANINGS]

/** Undefined for a word whose meaning only the agent's author knows. */
export function meaningOf(word: string): Meaning | undefined {
  return MEANINGS.get(plainWord(word))
}
