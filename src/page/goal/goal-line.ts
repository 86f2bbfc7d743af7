import { type GoalSummary, stateOf } from '../../backend/api/api.ts'
import { goalHref } from '../../backend/api/page-address.ts'
import { duration, exact } from '../lib/format.ts'
import { STATE_NAMES } from '../lib/states.ts'

/** A goal for a chat or a ticket: what it is, how it stands, what it took, where it is. */
export function goalLine(goal: GoalSummary): string {
  const { objective, goal_id, service, model, reason, tokens_used, token_budget, time_used_seconds } = goal
  const state = STATE_NAMES[stateOf(goal)]
  const parts = [
    objective ?? goal_id,
    reason === null ? state : `${state}: ${reason}`,
    `${exact(tokens_used)}${token_budget === null ? '' : ` of ${exact(token_budget)}`} tokens`,
    duration(time_used_seconds),
    ...[service, model].filter((one) => one !== null),
    new URL(goalHref(goal), location.href).href,
  ]
  return parts.map((part) => part.replace(/\s+/g, ' ')).join(' · ')
}
