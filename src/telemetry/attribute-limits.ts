import { numberOf } from '../base/environment.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import { ATTR_LOG_RECORD_UID } from '../event/semconv.ts'

export interface Limited {
  readonly attributes: GoalAttributes
  readonly droppedAttributesCount: number
}

export type Limit = (attributes: GoalAttributes) => Limited

/** By default an SDK keeps 128 attributes, of which goaltrace has not a quarter, at any length. */
export const unlimited: Limit = (attributes) => ({ attributes, droppedAttributesCount: 0 })

/**
 * As the SDK applies its limits: https://opentelemetry.io/docs/specs/otel/common/#attribute-limits. But what a backend recognises
 * a record's copies by is kept whole, or other events would be taken for copies and be lost.
 */
export function attributeLimit(env: NodeJS.ProcessEnv, of: 'LOGRECORD' | 'SPAN'): Limit {
  const limit = (what: string, least: number) =>
    numberOf(env, `OTEL_${of}_ATTRIBUTE_${what}`, { least }) ?? numberOf(env, `OTEL_ATTRIBUTE_${what}`, { least })
  const [count, length] = [limit('COUNT_LIMIT', 0), limit('VALUE_LENGTH_LIMIT', 1)]
  return count === undefined && length === undefined ? unlimited : (attributes) => limited(attributes, count, length)
}

function limited(
  attributes: GoalAttributes,
  count = Number.POSITIVE_INFINITY,
  length = Number.POSITIVE_INFINITY,
): Limited {
  const kept: GoalAttributes = {}
  let [room, droppedAttributesCount] = [count, 0]
  for (const [key, value] of Object.entries(attributes)) {
    if (key === ATTR_LOG_RECORD_UID) kept[key] = value
    else if (room-- > 0) kept[key] = typeof value === 'string' ? value.slice(0, length) : value
    else droppedAttributesCount++
  }
  return { attributes: kept, droppedAttributesCount }
}
