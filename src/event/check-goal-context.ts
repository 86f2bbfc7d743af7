import { check } from '../base/check.ts'
import { objectOf, orNull, type Rule, TEXT, TRUE_OR_FALSE } from '../base/rules.ts'
import type { GoalClient, GoalContext } from './goal-context.ts'

const CLIENT: Readonly<Record<keyof GoalClient, Rule>> = {
  id: TEXT,
  name: orNull(TEXT),
  version: orNull(TEXT),
  rpcTransport: TEXT,
  experimentalApi: orNull(TRUE_OR_FALSE),
}

const CONTEXT: Readonly<Record<keyof GoalContext, Rule>> = {
  sessionId: TEXT,
  turnId: orNull(TEXT),
  client: objectOf(CLIENT),
  threadSource: orNull(TEXT),
  subagentSource: orNull(TEXT),
  parentThreadId: orNull(TEXT),
}

const RULE = objectOf(CONTEXT)

/** @throws {TypeError} naming the operation and the part of the context that is not valid. */
export function checkGoalContext(operation: string, context: unknown): asserts context is GoalContext {
  check(operation, 'context', context, RULE)
}
