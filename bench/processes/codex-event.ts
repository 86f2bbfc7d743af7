interface BenchEvent {
  readonly threadId: string
  readonly goalId: string
  readonly turnId?: string
  readonly kind: string
  readonly status: string
  /** Cumulative, as usage events report them. */
  readonly tokens?: number
  readonly seconds?: number
}

/** A goal event as Codex posts it. */
export function codexEvent({ threadId, goalId, turnId, kind, status, tokens, seconds }: BenchEvent): object {
  return {
    event_type: 'codex_goal_event',
    event_params: {
      thread_id: threadId,
      session_id: threadId,
      turn_id: turnId ?? null,
      app_server_client: {
        product_client_id: 'codex_cli_rs',
        client_name: 'codex-tui',
        client_version: '0.169.0',
        rpc_transport: 'in_process',
        experimental_api_enabled: true,
      },
      runtime: {
        codex_rs_version: '0.169.0',
        runtime_os: 'linux',
        runtime_os_version: '12.0.0',
        runtime_arch: 'x86_64',
      },
      thread_source: 'user',
      subagent_source: null,
      parent_thread_id: null,
      goal_id: goalId,
      event_kind: kind,
      goal_status: status,
      has_token_budget: true,
      cumulative_tokens_accounted: tokens ?? null,
      cumulative_time_accounted_seconds: seconds ?? null,
    },
  }
}
