/** An event ready to be stored: a row of the table `event`. */
export interface ReceivedEvent {
  /** Unique and time-ordered. */
  readonly uid: string
  /** Nanoseconds since 1970; the time of receipt if it is unknown when it occurred. */
  readonly occurredAtNs: bigint
  readonly threadId: string
  readonly sessionId: string
  readonly goalId: string
  readonly turnId: string | null
  readonly kind: string
  readonly status: string
  readonly hasTokenBudget: boolean
  readonly tokenBudget: number | bigint | null
  readonly tokensUsed: number | bigint | null
  readonly timeUsedSeconds: number | bigint | null
  readonly objective: string | null
  readonly model: string | null
  /** Why it has its status. */
  readonly reason: string | null
  /** The goal that the created one has replaced on its thread, where the record names it. */
  readonly previousGoalId: string | null
  readonly serviceName: string | null
  /** 32 lower-case hex digits. */
  readonly traceId: string | null
  /** 16 lower-case hex digits. */
  readonly spanId: string | null
  /** JSON text: printed when the record is read, so that one that cannot be printed is rejected alone. */
  readonly payload: string
  /** JSON text, of the log record; null where the event came without one. */
  readonly attributes: string | null
  /** JSON text. */
  readonly resource: string | null
}

/** Characters of an objective, a model or a reason that a goal keeps; its events have the whole text. */
export const MOST_OBJECTIVE = 4000

/** A record kept aside: why, and its JSON text. */
export interface RejectedRecord {
  readonly reason: string
  readonly record: string
  readonly resource: string | null
}

/** A span ready to be stored: a row of the table `span`. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: number
  readonly startedAtNs: bigint
  readonly durationNs: bigint
  readonly statusCode: number
  readonly statusMessage: string | null
  readonly serviceName: string | null
  /** JSON text. */
  readonly attributes: string
}

/** What one request brings to be stored. */
export interface ReceivedRecords {
  readonly events?: readonly ReceivedEvent[]
  readonly rejected?: readonly RejectedRecord[]
  readonly spans?: readonly ReceivedSpan[]
  readonly receivedAtMs: number
}

/** How many of the records of a request were stored. */
export interface StoredCounts {
  readonly stored: number
  /** Events whose uid was there before: delivered again. */
  readonly duplicates: number
  readonly rejected: number
}
