/** Who asked for a change: what the agent knows and its goal row does not. Everything is optional and never guessed. */
export interface GoalContext {
  /** The session, for a tree of threads the root's. Default: the thread. */
  readonly sessionId?: string | undefined
  /** The turn that caused the change; null or absent where none did. */
  readonly turnId?: string | null | undefined
  readonly client?: GoalClient | undefined
  /** What started the thread: `user`, `subagent`, … */
  readonly threadSource?: string | null | undefined
  readonly subagentSource?: string | null | undefined
  readonly parentThreadId?: string | null | undefined
}

/** The program through which a person or another program steers the agent. */
export interface GoalClient {
  /** Default: the service's name. */
  readonly id?: string | undefined
  readonly name?: string | null | undefined
  readonly version?: string | null | undefined
  /** `stdio`, `websocket` or `in_process`. Default: `in_process`. */
  readonly rpcTransport?: string | undefined
  readonly experimentalApi?: boolean | null | undefined
}

/** The context of a thread, for agents that know their threads; the turn changes too often to belong to it. */
export type ThreadContext = Omit<GoalContext, 'turnId'>

/**
 * How a change was observed: `reported` where it was made, `recorded` where every field of it was read from what the agent
 * writes to its disk, `inferred` where one was concluded.
 */
export type ChangeSource = 'reported' | 'recorded' | 'inferred'
