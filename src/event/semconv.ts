// Generated from semconv/ by `node scripts/semconv.ts`: the names of what goaltrace records.

/** The goal. Unique within its thread only, because a fork of a thread may copy the goal with its id. */
export const ATTR_AGENT_GOAL_ID = 'agent_goal.id' as const

/** The goal's status after the change; of a cleared goal, its last one. */
export const ATTR_AGENT_GOAL_STATUS = 'agent_goal.status' as const

/** The agent is pursuing the goal. */
export const AGENT_GOAL_STATUS_VALUE_ACTIVE = 'active' as const

/** A person or the agent has put the goal aside. */
export const AGENT_GOAL_STATUS_VALUE_PAUSED = 'paused' as const

/** The agent cannot go on without help, or its turn has failed. */
export const AGENT_GOAL_STATUS_VALUE_BLOCKED = 'blocked' as const

/** The model's provider refuses further usage. */
export const AGENT_GOAL_STATUS_VALUE_USAGE_LIMITED = 'usage_limited' as const

/** The goal has spent its token budget. */
export const AGENT_GOAL_STATUS_VALUE_BUDGET_LIMITED = 'budget_limited' as const

/** The goal has been achieved. */
export const AGENT_GOAL_STATUS_VALUE_COMPLETE = 'complete' as const

/** The goal's status before the change, one of the values of `agent_goal.status`. */
export const ATTR_AGENT_GOAL_PREVIOUS_STATUS = 'agent_goal.previous_status' as const

/** The word of the agent's table for a status that nothing maps. After 20 words of a process, `_OTHER`. */
export const ATTR_AGENT_GOAL_STATUS_WORD = 'agent_goal.status_word' as const

/**
 * The id of the goal that this one replaced on its thread. The replaced goal emits no further event, whatever its
 * status was.
 */
export const ATTR_AGENT_GOAL_PREVIOUS_ID = 'agent_goal.previous_id' as const

/** Whether the goal has a token budget. */
export const ATTR_AGENT_GOAL_HAS_TOKEN_BUDGET = 'agent_goal.has_token_budget' as const

/** The tokens that the goal may use. As the agent stores it; a whole number is sent as an integer. */
export const ATTR_AGENT_GOAL_TOKEN_BUDGET = 'agent_goal.token_budget' as const

/**
 * The tokens used for the goal since it was created, cumulative. As the agent stores it; a whole number is sent as an
 * integer.
 */
export const ATTR_AGENT_GOAL_USAGE_TOKENS = 'agent_goal.usage.tokens' as const

/**
 * The seconds for which the goal was pursued since it was created, cumulative. As the agent stores it; a whole number
 * is sent as an integer.
 */
export const ATTR_AGENT_GOAL_USAGE_DURATION = 'agent_goal.usage.duration' as const

/** The length of the objective in characters. */
export const ATTR_AGENT_GOAL_OBJECTIVE_LENGTH = 'agent_goal.objective_length' as const

/**
 * What the agent is to achieve, in the words of the person or program that set the goal. May hold personal or
 * confidential text. It is recorded only where `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true` or the option
 * `captureObjective` asks for it.
 */
export const ATTR_AGENT_GOAL_OBJECTIVE = 'agent_goal.objective' as const

/**
 * Why the goal has its status, such as what blocks it, in the agent's words. May hold personal or confidential text. It
 * is recorded only where `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true` or the option `captureObjective`
 * asks for it.
 */
export const ATTR_AGENT_GOAL_STATUS_REASON = 'agent_goal.status_reason' as const

/** The turn of the agent that caused the change. */
export const ATTR_AGENT_GOAL_TURN_ID = 'agent_goal.turn.id' as const

/**
 * The goal's own trace, where the record belongs to another one, that of the agent's span in which the goal changed.
 * Where it is absent, the record belongs to the goal's trace, or the goal has none, or that is not sampled.
 */
export const ATTR_AGENT_GOAL_TRACE_ID = 'agent_goal.trace.id' as const

/** How a goal ended. */
export const ATTR_AGENT_GOAL_END = 'agent_goal.end' as const

/** The goal was achieved. */
export const AGENT_GOAL_END_VALUE_COMPLETE = 'complete' as const

/** The goal was removed. */
export const AGENT_GOAL_END_VALUE_CLEARED = 'cleared' as const

/** Its thread got another goal in its place. */
export const AGENT_GOAL_END_VALUE_REPLACED = 'replaced' as const

/** A goal with the same id was created later, so that it had ended at some time before. */
export const AGENT_GOAL_END_VALUE_UNSEEN = 'unseen' as const

/**
 * `true` where goaltrace has not seen the beginning: the span begins with the first change that was seen after it.
 * Absent where it has.
 */
export const ATTR_AGENT_GOAL_BEGIN_UNSEEN = 'agent_goal.begin_unseen' as const

/**
 * `true` where goaltrace has not seen the end: the span ends with the first change that was seen after it. Absent where
 * it has.
 */
export const ATTR_AGENT_GOAL_END_UNSEEN = 'agent_goal.end_unseen' as const

/**
 * The tokens that were accounted to the goal during the span. They are a share of what the session's model calls used,
 * so do not add them to `gen_ai.usage.*` of other spans.
 */
export const ATTR_AGENT_GOAL_SPENT_TOKENS = 'agent_goal.spent.tokens' as const

/** The seconds that were accounted to the goal during the span. */
export const ATTR_AGENT_GOAL_SPENT_DURATION = 'agent_goal.spent.duration' as const

/** The part of the goal's token budget that was spent during the span; above 1 where more than the budget was. */
export const ATTR_AGENT_GOAL_SPENT_BUDGET_SHARE = 'agent_goal.spent.budget_share' as const

/**
 * The program through which a person or another program controls the agent. Where it is unknown, the name of the
 * service is recorded.
 */
export const ATTR_AGENT_GOAL_CLIENT_ID = 'agent_goal.client.id' as const

/** The name that the client gives itself. */
export const ATTR_AGENT_GOAL_CLIENT_NAME = 'agent_goal.client.name' as const

/** The version that the client gives itself. */
export const ATTR_AGENT_GOAL_CLIENT_VERSION = 'agent_goal.client.version' as const

/** How the client communicates with the agent. */
export const ATTR_AGENT_GOAL_CLIENT_RPC_TRANSPORT = 'agent_goal.client.rpc_transport' as const

/** The agent's standard input and output. */
export const AGENT_GOAL_CLIENT_RPC_TRANSPORT_VALUE_STDIO = 'stdio' as const

/** A WebSocket. */
export const AGENT_GOAL_CLIENT_RPC_TRANSPORT_VALUE_WEBSOCKET = 'websocket' as const

/** A call within the agent's process. */
export const AGENT_GOAL_CLIENT_RPC_TRANSPORT_VALUE_IN_PROCESS = 'in_process' as const

/** Whether the client has asked for the agent's experimental API. */
export const ATTR_AGENT_GOAL_CLIENT_EXPERIMENTAL_API = 'agent_goal.client.experimental_api' as const

/** What started the thread. */
export const ATTR_AGENT_GOAL_THREAD_SOURCE = 'agent_goal.thread.source' as const

/** Why a sub-agent's thread was started. */
export const ATTR_AGENT_GOAL_THREAD_SUBAGENT_SOURCE = 'agent_goal.thread.subagent_source' as const

/** The thread that started this one. */
export const ATTR_AGENT_GOAL_THREAD_PARENT_ID = 'agent_goal.thread.parent_id' as const

/** How the change was observed. */
export const ATTR_AGENT_GOAL_SOURCE = 'agent_goal.source' as const

/** The change was captured where it was made. */
export const AGENT_GOAL_SOURCE_VALUE_REPORTED = 'reported' as const

/** The change was read, as it was committed, from what the agent writes to its disk; nothing was concluded. */
export const AGENT_GOAL_SOURCE_VALUE_RECORDED = 'recorded' as const

/** The change was inferred by comparing two observations of the goal; changes between them may have been missed. */
export const AGENT_GOAL_SOURCE_VALUE_INFERRED = 'inferred' as const

/** What happened to the goal. On metrics only; elsewhere it is the name of the event or the span. */
export const ATTR_AGENT_GOAL_TRANSITION = 'agent_goal.transition' as const

/** The goal was created. */
export const AGENT_GOAL_TRANSITION_VALUE_CREATED = 'created' as const

/** The goal's status changed. */
export const AGENT_GOAL_TRANSITION_VALUE_STATUS_CHANGED = 'status_changed' as const

/** The goal was removed. */
export const AGENT_GOAL_TRANSITION_VALUE_CLEARED = 'cleared' as const

/** The class of error with which the operation ended, of low cardinality. */
export const ATTR_ERROR_TYPE = 'error.type' as const

/** The path of the file, with its name. */
export const ATTR_FILE_PATH = 'file.path' as const

/** The agent's name. */
export const ATTR_GEN_AI_AGENT_NAME = 'gen_ai.agent.name' as const

/** The conversation (session, thread) of an agent, in which the goal is pursued. */
export const ATTR_GEN_AI_CONVERSATION_ID = 'gen_ai.conversation.id' as const

/** What the agent does, `invoke_agent` for a turn of it. */
export const ATTR_GEN_AI_OPERATION_NAME = 'gen_ai.operation.name' as const

/** The model that works on the goal, as its provider calls it. */
export const ATTR_GEN_AI_REQUEST_MODEL = 'gen_ai.request.model' as const

/** The tokens of the requests' inputs, those from a cache included. */
export const ATTR_GEN_AI_USAGE_INPUT_TOKENS = 'gen_ai.usage.input_tokens' as const

/** The tokens of the answers. */
export const ATTR_GEN_AI_USAGE_OUTPUT_TOKENS = 'gen_ai.usage.output_tokens' as const

/** The CPU architecture that the host runs on. */
export const ATTR_HOST_ARCH = 'host.arch' as const

/** What the span was given, in OpenInference's conventions; of a goal, its objective. */
export const ATTR_INPUT_VALUE = 'input.value' as const

/** A unique identifier of the log record. Other records with the same one are duplicates and can be removed safely. */
export const ATTR_LOG_RECORD_UID = 'log.record.uid' as const

/** What the span is to Phoenix and others that follow OpenInference's conventions. */
export const ATTR_OPENINFERENCE_SPAN_KIND = 'openinference.span.kind' as const

/** The operating system's type. */
export const ATTR_OS_TYPE = 'os.type' as const

/** The operating system's version. */
export const ATTR_OS_VERSION = 'os.version' as const

/**
 * What came of the span, in OpenInference's conventions; of a goal, how it ended, and the reason where there is one.
 */
export const ATTR_OUTPUT_VALUE = 'output.value' as const

/** The version of the service, which is the agent. */
export const ATTR_SERVICE_VERSION = 'service.version' as const

/** The session to which the thread belongs; for a tree of threads, the root's. */
export const ATTR_SESSION_ID = 'session.id' as const

/**
 * A thread has a new goal. Also where it replaces another goal, which emits no further event. Severity number 9 (INFO),
 * no body, as on the other events.
 */
export const EVENT_AGENT_GOAL_CREATED = 'agent_goal.created' as const

/**
 * Tokens or time were accounted to a goal. Where the same change reaches the budget, it comes before
 * `agent_goal.status_changed`.
 */
export const EVENT_AGENT_GOAL_USAGE_ACCOUNTED = 'agent_goal.usage_accounted' as const

/** A goal has another status than before. */
export const EVENT_AGENT_GOAL_STATUS_CHANGED = 'agent_goal.status_changed' as const

/** A goal was removed from its thread. */
export const EVENT_AGENT_GOAL_CLEARED = 'agent_goal.cleared' as const

/** A mutation that gives a thread a new goal. */
export const SPAN_CREATE_GOAL = 'create_goal' as const

/** A mutation that accounts tokens or time to a goal without changing its status. */
export const SPAN_ACCOUNT_GOAL_USAGE = 'account_goal_usage' as const

/**
 * A mutation that changes a goal's status, with or without its usage. An error where the goal is blocked or at a limit
 * by it.
 */
export const SPAN_SET_GOAL_STATUS = 'set_goal_status' as const

/** A mutation that removes a goal. */
export const SPAN_CLEAR_GOAL = 'clear_goal' as const

/**
 * A turn of an agent in which its goal changed, where the turn was read from what the agent writes to its disk: the
 * parent of the spans of these changes. Its ids are those of the turn.
 */
export const SPAN_INVOKE_AGENT = 'invoke_agent' as const

/**
 * A goal from its creation to its end, the root of its trace. Sent when the goal ends. The trace's and the spans' ids
 * are made of the goal's, so that any process goes on with them and whatever is sent again is the same. Status ERROR
 * where the goal ended while it was blocked or at a limit. Without `gen_ai.usage.*` and `llm.token_count.*`, as are its
 * phases and turns: a goal's tokens are a share of what the model's calls used, and would be counted twice. Without
 * `gen_ai.operation.name`: the agent's own span is the invocation.
 */
export const SPAN_GOAL = 'goal' as const

/**
 * A time for which a goal had one status, a child of the goal's span, named after the status; `phase` where nothing
 * maps the word for it. Sent when the status changes. The phases of a goal cover the time from its creation to its end.
 * Status ERROR where the goal was blocked or at a limit.
 */
export const SPAN_PHASE = 'phase' as const

/**
 * A turn of the agent that changed the goal, a child of the goal's span. It begins where the seconds that its first
 * change accounts begin, and ends with its last change. Sent when the next turn changes the goal, or the goal ends.
 */
export const SPAN_TURN = 'turn' as const

/** How often goals were created, changed their status and were cleared. Unit: `{transition}`. */
export const METRIC_AGENT_GOAL_TRANSITIONS = 'agent_goal.transitions' as const

/**
 * The changes of goals that no event reports, because nothing maps the word for the goal's status. Each word is logged
 * once. `goaltrace doctor FILE` names the words, and `statuses` in `goaltrace.config.json` says what they mean. Unit:
 * `{change}`.
 */
export const METRIC_AGENT_GOAL_UNMAPPED = 'agent_goal.unmapped' as const

/**
 * The total tokens that a goal had used when it stopped. Recorded each time a goal leaves `active`, or is cleared while
 * active. Unit: `{token}`.
 */
export const METRIC_AGENT_GOAL_USAGE_TOKENS = 'agent_goal.usage.tokens' as const

/**
 * The total time for which a goal had been pursued when it stopped. Recorded each time a goal leaves `active`, or is
 * cleared while active. Unit: `s`.
 */
export const METRIC_AGENT_GOAL_USAGE_DURATION = 'agent_goal.usage.duration' as const

/**
 * The number of goals. Observed from the goal table, because a sum of events would restart at zero with every process.
 * Unit: `{goal}`.
 */
export const METRIC_AGENT_GOAL_COUNT = 'agent_goal.count' as const

/**
 * The changes of goals that are pending in an outbox. Computed from row numbers, without counting rows; dropped rows
 * count until the rows before them are delivered. Unit: `{change}`.
 */
export const METRIC_AGENT_GOAL_OUTBOX_WAITING = 'agent_goal.outbox.waiting' as const

/** The age of the oldest pending change in an outbox. 0 where none is pending. Unit: `s`. */
export const METRIC_AGENT_GOAL_OUTBOX_AGE = 'agent_goal.outbox.age' as const

/**
 * The log records that the receiver rejected permanently, and the rows that could not be read. They are kept as dead
 * letters. The command `goaltrace outbox FILE` shows them. Unit: `{record}`.
 */
export const METRIC_AGENT_GOAL_OUTBOX_DEAD_LETTERS = 'agent_goal.outbox.dead_letters' as const

/**
 * The changes of usage that were dropped above the limit of an outbox. Each is superseded by a newer one, since totals
 * are cumulative. Unit: `{change}`.
 */
export const METRIC_AGENT_GOAL_OUTBOX_DROPPED = 'agent_goal.outbox.dropped' as const

/**
 * Failed attempts to deliver an outbox. Nothing is lost; the changes stay pending until the next attempt. Unit:
 * `{attempt}`.
 */
export const METRIC_AGENT_GOAL_OUTBOX_FAILURES = 'agent_goal.outbox.failures' as const
