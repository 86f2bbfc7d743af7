// Generated from src/backend/openapi.json: edit that, then run `node scripts/openapi.ts`. Import from api.ts.
export type paths = Record<string, never>
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    /** @enum {string} */
    readonly GoalStatus: 'active' | 'paused' | 'blocked' | 'usage_limited' | 'budget_limited' | 'complete'
    /**
     * @description Where a goal stands: its last status; that it is active without an event for so long that it is stale; that another goal has taken its place on its thread, unless it was complete by then; or that its row is gone.
     * @enum {string}
     */
    readonly GoalState:
      | 'active'
      | 'paused'
      | 'blocked'
      | 'usage_limited'
      | 'budget_limited'
      | 'complete'
      | 'stale'
      | 'replaced'
      | 'cleared'
    /** @enum {string} */
    readonly EventKind: 'created' | 'usage_accounted' | 'status_changed' | 'cleared'
    /** @description Opaque; from `next` or from an event. */
    readonly Cursor: string
    /** @description One goal, whose key is (thread, goal), after all events that arrived, in the order in which they occurred. */
    readonly GoalSummary: {
      readonly thread_id: string
      readonly goal_id: string
      readonly session_id: string
      /** @description `service.name` of the agent; null where no event names one. */
      readonly service: string | null
      readonly status: components['schemas']['GoalStatus']
      /** @description Why it has its status, such as what blocks it; only where the agent sends it (`agent_goal.status_reason`); the first 4000 characters. */
      readonly reason: string | null
      readonly cleared: boolean
      readonly has_token_budget: boolean
      /** @description Tokens. */
      readonly token_budget: number | null
      /** @description Cumulative; with a fraction where the agent keeps one. */
      readonly tokens_used: number | null
      /** @description Cumulative; with a fraction where the agent keeps one. */
      readonly time_used_seconds: number | null
      /** @description All of its tokens at the price of its model; null where its model, its tokens or a price for them are not known. */
      readonly cost: components['schemas']['Cost'] | null
      /** @description Only where the agent sends it (`agent_goal.objective`); the first 4000 characters. */
      readonly objective: string | null
      /** @description The model that works on it; null where no event names one. */
      readonly model: string | null
      /**
       * Format: date-time
       * @description When its first known event occurred.
       */
      readonly first_at: string
      /** Format: date-time */
      readonly last_at: string
      /**
       * Format: date-time
       * @description When it is stale unless an event comes: `--stale` after the last one, 20 minutes by default. Null where it is not active.
       */
      readonly stale_at: string | null
      /**
       * Format: date-time
       * @description When it stopped; null while it is active.
       */
      readonly stopped_at: string | null
      /** @description The goal that has taken its place on its thread; null where none has. */
      readonly replaced_by: string | null
      /** Format: date-time */
      readonly replaced_at: string | null
      readonly events: number
    }
    readonly GoalsPage: {
      readonly goals: readonly components['schemas']['GoalSummary'][]
      /** @description Goals that match in all. */
      readonly total: number
      /** @description The cursor of the next page; null at the end. */
      readonly next: string | null
    }
    readonly GoalDetail: {
      readonly goal: components['schemas']['GoalSummary']
      /** @description In the order in which they occurred; the newest 10,000 at most. */
      readonly events: readonly components['schemas']['StoredEvent'][]
      /** @description False where older events were left out. */
      readonly complete: boolean
      /** @description Of the goal's own trace and of those in which it changed, as far as they are still kept; by start. */
      readonly spans: readonly components['schemas']['StoredSpan'][]
      /** @description The goal's own trace; null where none of its spans is kept. */
      readonly trace_id: string | null
    }
    readonly StoredEvent: {
      readonly cursor: components['schemas']['Cursor']
      readonly uid: string
      /** Format: date-time */
      readonly received_at: string
      /** Format: date-time */
      readonly occurred_at: string
      readonly service: string | null
      /**
       * @description 80 or 100 on the event with which its goal reaches that many percent of its token budget; null on all others.
       * @enum {integer|null}
       */
      readonly budget_warning: 80 | 100 | null
      readonly trace_id: string | null
      readonly span_id: string | null
      readonly payload: components['schemas']['CodexGoalEvent']
      /** @description Of the log record; null where the event came without one. */
      readonly attributes: {
        readonly [key: string]: unknown
      } | null
      readonly resource: {
        readonly [key: string]: unknown
      } | null
    }
    /** @description As it came: the analytics payload that Codex posts. What a newer Codex adds stands behind the known keys. */
    readonly CodexGoalEvent: {
      /** @constant */
      readonly event_type: 'codex_goal_event'
      readonly event_params: {
        readonly thread_id: string
        readonly session_id: string
        readonly turn_id: string | null
        readonly app_server_client: {
          readonly product_client_id: string
          readonly client_name: string | null
          readonly client_version: string | null
          readonly rpc_transport: string
          readonly experimental_api_enabled: boolean | null
        }
        readonly runtime: {
          readonly codex_rs_version: string
          readonly runtime_os: string
          readonly runtime_os_version: string
          readonly runtime_arch: string
        }
        readonly thread_source: string | null
        readonly subagent_source: string | null
        readonly parent_thread_id: string | null
        readonly goal_id: string
        readonly event_kind: components['schemas']['EventKind']
        readonly goal_status: components['schemas']['GoalStatus']
        readonly has_token_budget: boolean
        readonly cumulative_tokens_accounted: number | null
        readonly cumulative_time_accounted_seconds: number | null
      }
    }
    readonly StoredSpan: {
      readonly trace_id: string
      readonly span_id: string
      readonly parent_span_id: string | null
      readonly name: string
      /** @description OTLP's number: 1 internal, 2 server, 3 client, 4 producer, 5 consumer, 0 unspecified. */
      readonly kind: number
      /** Format: date-time */
      readonly started_at: string
      readonly duration_ms: number
      /** @description 0 unset, 1 ok, 2 error. */
      readonly status_code: number
      readonly status_message: string | null
      readonly service: string | null
      readonly attributes: {
        readonly [key: string]: unknown
      }
    }
    readonly EventsPage: {
      readonly events: readonly components['schemas']['StoredEvent'][]
      /** @description Behind all that was looked at; `after` again where there is none. With `newest`: behind all there are. */
      readonly next: components['schemas']['Cursor']
    }
    /** @description Nearest-rank percentiles; null where there is no value. */
    readonly Spread: {
      readonly sum: number
      readonly p50: number | null
      readonly p95: number | null
    }
    readonly SummaryStep: {
      /**
       * Format: date-time
       * @description When it begins.
       */
      readonly at: string
      readonly created: number
      readonly complete: number
      /** @description Stopped otherwise than complete. */
      readonly stopped: number
      readonly tokens: components['schemas']['Spread']
      readonly seconds: components['schemas']['Spread']
      /** @description Of the goals that stopped in it; null without prices. */
      readonly cost: components['schemas']['Costs'] | null
    }
    readonly Summary: {
      /** Format: date-time */
      readonly since: string
      /** Format: date-time */
      readonly until: string
      readonly now: components['schemas']['GoalCounts']
      readonly created: number
      readonly stopped: number
      /** @description Of the stopped, those that were complete, also if cleared since; null where none stopped. */
      readonly completion_rate: number | null
      /** @description Why goals stopped then, the most frequent first. */
      readonly reasons: readonly {
        readonly state: components['schemas']['GoalState']
        readonly goals: number
      }[]
      /** @description Of the goals that stopped then. */
      readonly tokens: components['schemas']['Spread']
      /** @description Of the goals that stopped then. */
      readonly seconds: components['schemas']['Spread']
      /** @description Of goals with a budget that stopped then: tokens used of the budget, 1 is all of it. */
      readonly budget_use: components['schemas']['Spread']
      /** @description From the first creation or stop in the time on, or an hour before its end if that is earlier: five minutes each up to three hours, hours up to 14 days, days beyond; also where nothing happened. */
      readonly steps: readonly components['schemas']['SummaryStep'][]
      /** @description Of the goals that stopped then; null without prices. */
      readonly cost: components['schemas']['Costs'] | null
      /** @description Of the goals that stopped then: whose spent the most tokens. */
      readonly services: readonly {
        readonly service: string | null
        readonly goals: number
        readonly tokens: number
        /** @description Null without prices. */
        readonly cost: components['schemas']['Costs'] | null
      }[]
    }
    readonly RejectedPage: {
      readonly rejected: readonly {
        readonly cursor: components['schemas']['Cursor']
        /** Format: date-time */
        readonly received_at: string
        readonly reason: string
        /** @description As it came. */
        readonly record: unknown
        /** @description As it came; null where it had none. */
        readonly resource: unknown
      }[]
      readonly next: components['schemas']['Cursor']
    }
    readonly About: {
      readonly version: string
      /** @description Where Jaeger's page is; null where it is not known. */
      readonly jaeger: string | null
      /** @description Whether requests must carry a token, those of agents that send goals too. */
      readonly token: boolean
      /** @description Which prices costs are by; null without. */
      readonly prices: {
        readonly currency: string
        /** @description As the file of prices says it. */
        readonly as_of: string
      } | null
      /** @description Which services sent goals, by name. */
      readonly services: readonly string[]
      readonly events: number
      readonly goals: number
      readonly rejected: number
      /** @description Bytes of the database file. */
      readonly size: number
    }
    readonly SignIn: {
      readonly token: string
    }
    /** @description google.rpc.Status, as OTLP/HTTP requires for a failure. */
    readonly Refused: {
      /** @description One sentence: what is wrong, and what to do. */
      readonly message: string
    }
    /** @description `{}`, or how many records were kept aside; GET /api/rejected lists them. */
    readonly ExportResponse: {
      readonly partialSuccess?: {
        readonly rejectedLogRecords?: string
        readonly rejectedSpans?: string
        readonly rejectedDataPoints?: string
        readonly errorMessage?: string
      }
    }
    /** @description OTLP's request in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
    readonly ExportLogs: {
      readonly resourceLogs?:
        | readonly {
            readonly scopeLogs?:
              | readonly {
                  /** @description A record that is not valid is kept aside. */
                  readonly logRecords?: readonly unknown[] | null
                }[]
              | null
          }[]
        | null
    }
    /** @description OTLP's request in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
    readonly ExportTraces: {
      readonly resourceSpans?:
        | readonly {
            readonly scopeSpans?:
              | readonly {
                  /** @description A span that is not valid is counted as rejected. */
                  readonly spans?: readonly unknown[] | null
                }[]
              | null
          }[]
        | null
    }
    /** @description OTLP's request in its JSON form (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding). */
    readonly ExportMetrics: {
      readonly resourceMetrics?:
        | readonly {
            readonly scopeMetrics?:
              | readonly {
                  /** @description Not kept. */
                  readonly metrics?: readonly Record<string, never>[] | null
                }[]
              | null
          }[]
        | null
    }
    readonly CodexEvents: {
      readonly events: readonly unknown[]
    }
    /** @description Goals that are in this state now, whenever they changed. */
    readonly GoalCounts: {
      readonly active: number
      readonly paused: number
      readonly blocked: number
      readonly usage_limited: number
      readonly budget_limited: number
      readonly complete: number
      readonly stale: number
      readonly replaced: number
      readonly cleared: number
    }
    readonly Now: {
      readonly counts: components['schemas']['GoalCounts']
      /** @description Without an event for that long an active goal is stale. */
      readonly stale_after_seconds: number
      /** @description The last changed first. */
      readonly blocked: readonly components['schemas']['GoalSummary'][]
      /** @description Active and stale goals: those first that have used 80 % of their budget, then the last changed. */
      readonly running: readonly components['schemas']['GoalSummary'][]
    }
    /** @description By the prices that the backend was given. */
    readonly Cost: {
      readonly amount: number
      readonly currency: string
    }
    /** @description Of several goals, by the prices that the backend was given. */
    readonly Costs: {
      /** @description Of the goals whose cost is known; null where none is. */
      readonly amount: number | null
      readonly currency: string
      /** @description The day that the prices are of, as their file says it. */
      readonly as_of: string
      /** @description Goals whose model, price or tokens are not known. */
      readonly unknown: number
    }
    readonly RejectedReasons: {
      /** @description The most frequent first. */
      readonly reasons: readonly {
        readonly reason: string
        readonly records: number
        /**
         * Format: date-time
         * @description When the first of them was received.
         */
        readonly first_at: string
        /** Format: date-time */
        readonly last_at: string
      }[]
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export type operations = Record<string, never>
