import * as api from '@opentelemetry/api'
import { type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace-base'
import { nodeCrypto } from '../base/node-crypto.ts'
import type { GoalAttributes } from '../event/log-record.ts'
import * as semconv from '../event/semconv.ts'
import { endTime, hrTime, type SpanSource } from './goal-spans.ts'
import { samplerOf } from './sampler.ts'

/** A turn of an agent that is over, as the agent has written it down. */
export interface EndedTurn {
  readonly agent: string
  readonly turnId: string
  readonly threadId: string
  readonly sessionId: string
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Undefined where it succeeded. */
  readonly error: string | undefined
  readonly model: string | undefined
  /** Tokens. */
  readonly usage: { readonly input: number; readonly output: number } | undefined
}

/**
 * Spans of turns, whose children are the changes of goals in them. The ids are made of the turn's, so that a change can
 * name its parent before that is over, and any process makes the same span.
 */
export class TurnSpans {
  readonly #sampler: Sampler

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#sampler = samplerOf(env)
  }

  /** The turn's span as the parent of others, sampled as it will be itself. */
  contextOf(turnId: string): api.SpanContext {
    const ids = idsOf(turnId)
    const { decision } = this.#sampler.shouldSample(
      api.ROOT_CONTEXT,
      ids.traceId,
      semconv.SPAN_INVOKE_AGENT,
      api.SpanKind.INTERNAL,
      {},
      [],
    )
    const isSampled = decision === SamplingDecision.RECORD_AND_SAMPLED
    return { ...ids, traceFlags: isSampled ? api.TraceFlags.SAMPLED : api.TraceFlags.NONE }
  }

  record(source: SpanSource, turn: EndedTurn): void {
    const options = {
      kind: api.SpanKind.INTERNAL,
      startTime: hrTime(turn.startedAtMs),
      attributes: attributesOf(turn),
      ids: idsOf(turn.turnId),
    }
    source
      .startSpan(`${semconv.SPAN_INVOKE_AGENT} ${turn.agent}`, options, api.ROOT_CONTEXT)
      .end(endTime(Math.max(turn.startedAtMs, turn.endedAtMs)))
  }
}

function attributesOf(turn: EndedTurn): GoalAttributes {
  return {
    [semconv.ATTR_GEN_AI_OPERATION_NAME]: semconv.SPAN_INVOKE_AGENT,
    [semconv.ATTR_GEN_AI_AGENT_NAME]: turn.agent,
    [semconv.ATTR_GEN_AI_CONVERSATION_ID]: turn.threadId,
    [semconv.ATTR_SESSION_ID]: turn.sessionId,
    [semconv.ATTR_AGENT_GOAL_TURN_ID]: turn.turnId,
    ...(turn.model !== undefined && { [semconv.ATTR_GEN_AI_REQUEST_MODEL]: turn.model }),
    ...(turn.usage && {
      [semconv.ATTR_GEN_AI_USAGE_INPUT_TOKENS]: turn.usage.input,
      [semconv.ATTR_GEN_AI_USAGE_OUTPUT_TOKENS]: turn.usage.output,
    }),
    ...(turn.error !== undefined && { [semconv.ATTR_ERROR_TYPE]: turn.error }),
  }
}

/** A UUID has the length of a trace's id; of one of version 7, which begins with the time, the second half is random. */
function idsOf(turnId: string): { traceId: string; spanId: string } {
  const digits = turnId.replaceAll('-', '').toLowerCase()
  const traceId = /^[0-9a-f]{32}$/.test(digits)
    ? digits
    : nodeCrypto().createHash('sha256').update(turnId).digest('hex').slice(0, 32)
  return { traceId, spanId: traceId.slice(16) }
}
