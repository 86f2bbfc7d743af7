import { MOST_OBJECTIVE } from './received-records.ts'

// What an event says of its goal, as SQL over the table `event`.

/** Its objective, model or reason as a goal keeps it. */
export const OBJECTIVE = `substr(attributes ->> '$."agent_goal.objective"', 1, ${MOST_OBJECTIVE})`
export const REASON = `substr(attributes ->> '$."agent_goal.status_reason"', 1, ${MOST_OBJECTIVE})`
export const MODEL = `substr(attributes ->> '$."gen_ai.request.model"', 1, ${MOST_OBJECTIVE})`

/** An event's amount: its columns hold integers, a fraction is only in the record's attributes. */
function amount(column: string, attribute: string): string {
  const path = `'$."agent_goal.${attribute}"'`
  return `coalesce(${column}, iif(json_type(attributes, ${path}) = 'real', attributes ->> ${path}, NULL))`
}

export const TOKEN_BUDGET = amount('token_budget', 'token_budget')
export const TOKENS_USED = amount('tokens_used', 'usage.tokens')
export const TIME_USED = amount('time_used_seconds', 'usage.duration')
