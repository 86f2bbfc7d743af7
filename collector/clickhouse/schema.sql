-- Goal events in ClickHouse, for teams past one machine; config-clickhouse.yaml delivers them.
--
--   clickhouse-client --multiquery < schema.sql
--
-- Read codex_goal_events, goal_timeline, goal_funnel and goal_tokens_by_hour. For a cluster, change every engine to a
-- Replicated one, and create everything here ON CLUSTER.

-- As the Collector's clickhouse exporter 0.149 creates it. It is created here because the view below reads it.
CREATE TABLE IF NOT EXISTS otel_logs (
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TimestampTime DateTime DEFAULT toDateTime(Timestamp),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    TraceFlags UInt8,
    SeverityText LowCardinality(String) CODEC(ZSTD(1)),
    SeverityNumber UInt8,
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    Body String CODEC(ZSTD(1)),
    ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
    ScopeAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    LogAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    EventName String CODEC(ZSTD(1)),

    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_scope_attr_key mapKeys(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_scope_attr_value mapValues(ScopeAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_log_attr_key mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_log_attr_value mapValues(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_body Body TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 8
) ENGINE = MergeTree
PARTITION BY toDate(TimestampTime)
PRIMARY KEY (ServiceName, TimestampTime)
ORDER BY (ServiceName, TimestampTime, Timestamp)
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1;

-- The payloads, a row each. A uid is made with its change, so that duplicates share every key and fall into one partition,
-- where a merge keeps one.
CREATE TABLE IF NOT EXISTS codex_goal_event_rows (
    uid String,
    occurred_at DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    service_name LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    thread_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    turn_id Nullable(String) CODEC(ZSTD(1)),
    product_client_id LowCardinality(String),
    client_name LowCardinality(Nullable(String)),
    client_version LowCardinality(Nullable(String)),
    rpc_transport LowCardinality(String),
    experimental_api_enabled Nullable(Bool),
    codex_rs_version LowCardinality(String),
    runtime_os LowCardinality(String),
    runtime_os_version LowCardinality(String),
    runtime_arch LowCardinality(String),
    thread_source LowCardinality(Nullable(String)),
    subagent_source LowCardinality(Nullable(String)),
    parent_thread_id Nullable(String) CODEC(ZSTD(1)),
    goal_id String CODEC(ZSTD(1)),
    event_kind LowCardinality(String),
    goal_status LowCardinality(String),
    has_token_budget Bool,
    cumulative_tokens_accounted Nullable(Int64),
    cumulative_time_accounted_seconds Nullable(Int64),
    -- What goaltrace's page shows beyond Codex's payload.
    previous_status LowCardinality(Nullable(String)),
    -- The goal that a created one replaced on its thread.
    previous_id Nullable(String) CODEC(ZSTD(1)),
    token_budget Nullable(Int64),
    tokens_so_far Nullable(Int64)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (thread_id, goal_id, occurred_at, uid);

-- A table of an earlier version. Its translation stays as it was: stop the Collector and DROP VIEW
-- codex_goal_event_translation before this file is run again.
ALTER TABLE codex_goal_event_rows ADD COLUMN IF NOT EXISTS previous_id Nullable(String) CODEC(ZSTD(1)) AFTER previous_status;

-- The translation of config.yaml. The exporter writes every attribute as text, so that an integer here is text that reads
-- as one, and a fraction counts up to its point. Goal records that this leaves out are in otel_logs, and in goal_records_refused.
CREATE MATERIALIZED VIEW IF NOT EXISTS codex_goal_event_translation TO codex_goal_event_rows AS
WITH
    LogAttributes AS log,
    ResourceAttributes AS resource,
    EventName = 'agent_goal.usage_accounted' AS usage,
    text -> coalesce(toInt64OrNull(text), accurateCastOrNull(trunc(toFloat64OrNull(text)), 'Int64')) AS whole
SELECT
    log['log.record.uid'] AS uid,
    Timestamp AS occurred_at,
    ServiceName AS service_name,
    TraceId AS trace_id,
    SpanId AS span_id,
    log['gen_ai.conversation.id'] AS thread_id,
    log['session.id'] AS session_id,
    if(mapContains(log, 'agent_goal.turn.id'), log['agent_goal.turn.id'], NULL) AS turn_id,
    log['agent_goal.client.id'] AS product_client_id,
    if(mapContains(log, 'agent_goal.client.name'), log['agent_goal.client.name'], NULL) AS client_name,
    if(mapContains(log, 'agent_goal.client.version'), log['agent_goal.client.version'], NULL) AS client_version,
    log['agent_goal.client.rpc_transport'] AS rpc_transport,
    transform(log['agent_goal.client.experimental_api'], ['true', 'false'], [true, false], NULL) AS experimental_api_enabled,
    resource['service.version'] AS codex_rs_version,
    transform(resource['os.type'], ['darwin'], ['macos'], resource['os.type']) AS runtime_os,
    resource['os.version'] AS runtime_os_version,
    transform(resource['host.arch'], ['amd64', 'arm64'], ['x86_64', 'aarch64'], resource['host.arch']) AS runtime_arch,
    if(mapContains(log, 'agent_goal.thread.source'), log['agent_goal.thread.source'], NULL) AS thread_source,
    if(mapContains(log, 'agent_goal.thread.subagent_source'), log['agent_goal.thread.subagent_source'], NULL) AS subagent_source,
    if(mapContains(log, 'agent_goal.thread.parent_id'), log['agent_goal.thread.parent_id'], NULL) AS parent_thread_id,
    log['agent_goal.id'] AS goal_id,
    substring(EventName, length('agent_goal.') + 1) AS event_kind,
    log['agent_goal.status'] AS goal_status,
    log['agent_goal.has_token_budget'] = 'true' AS has_token_budget,
    if(usage, whole(log['agent_goal.usage.tokens']), NULL) AS cumulative_tokens_accounted,
    if(usage, whole(log['agent_goal.usage.duration']), NULL) AS cumulative_time_accounted_seconds,
    if(mapContains(log, 'agent_goal.previous_status'), log['agent_goal.previous_status'], NULL) AS previous_status,
    if(mapContains(log, 'agent_goal.previous_id'), log['agent_goal.previous_id'], NULL) AS previous_id,
    whole(log['agent_goal.token_budget']) AS token_budget,
    whole(log['agent_goal.usage.tokens']) AS tokens_so_far
FROM otel_logs
WHERE EventName IN ('agent_goal.created', 'agent_goal.usage_accounted', 'agent_goal.status_changed', 'agent_goal.cleared')
    AND uid != '' AND thread_id != '' AND session_id != '' AND goal_id != ''
    AND product_client_id != '' AND rpc_transport != ''
    AND codex_rs_version != '' AND runtime_os != '' AND runtime_os_version != '' AND runtime_arch != ''
    AND goal_status IN ('active', 'paused', 'blocked', 'usage_limited', 'budget_limited', 'complete');

-- Every event once, however often it was delivered and whether or not ClickHouse has merged it yet.
CREATE OR REPLACE VIEW codex_goal_events AS SELECT * FROM codex_goal_event_rows FINAL;

-- Goal records without a row above: WHERE EventName LIKE 'agent_goal.%' in the time of interest.
CREATE VIEW IF NOT EXISTS goal_records_refused AS
SELECT Timestamp, ServiceName, EventName, LogAttributes, ResourceAttributes
FROM otel_logs
WHERE startsWith(EventName, 'agent_goal.')
    AND LogAttributes['log.record.uid'] NOT IN (SELECT uid FROM codex_goal_event_rows);

-- What happened to a goal, in order: WHERE thread_id = … AND goal_id = …
CREATE VIEW IF NOT EXISTS goal_timeline AS
SELECT
    thread_id, goal_id, occurred_at, event_kind, goal_status, previous_status, tokens_so_far AS tokens,
    token_budget, turn_id, trace_id, span_id, uid
FROM codex_goal_events
ORDER BY thread_id, goal_id, occurred_at, uid;

-- How far the goals created on a day have come. A goal that was replaced on its thread has no event that says so; the
-- creation of the new one names it. A complete one stays complete.
CREATE OR REPLACE VIEW goal_funnel AS
SELECT
    toDate(created_at) AS day,
    count() AS created,
    countIf(spent > 0) AS worked_on,
    countIf(status = 'complete') AS completed,
    countIf(status IN ('blocked', 'usage_limited', 'budget_limited') AND NOT has_successor) AS stopped,
    countIf(status = 'active' AND NOT has_successor AND NOT cleared) AS active,
    countIf(has_successor AND NOT cleared AND status != 'complete') AS replaced,
    countIf(cleared AND status != 'complete') AS given_up
FROM (
    SELECT created_at, status, spent, cleared, known, replacement.at > began_at AS has_successor
    FROM (
        SELECT
            thread_id, goal_id,
            minIf(occurred_at, event_kind = 'created') AS created_at,
            maxIf((occurred_at, uid), event_kind = 'created') AS began_at,
            argMax(goal_status, (occurred_at, uid)) AS status,
            max(tokens_so_far) AS spent,
            countIf(event_kind = 'cleared') > 0 AS cleared,
            countIf(event_kind = 'created') > 0 AS known
        FROM codex_goal_events
        GROUP BY thread_id, goal_id
    ) AS goal
    LEFT JOIN (
        SELECT thread_id, assumeNotNull(previous_id) AS goal_id, max((occurred_at, uid)) AS at
        FROM codex_goal_events
        WHERE event_kind = 'created' AND previous_id IS NOT NULL AND previous_id != codex_goal_events.goal_id
        GROUP BY thread_id, goal_id
    ) AS replacement USING (thread_id, goal_id)
)
WHERE known
GROUP BY day
ORDER BY day;

-- Tokens are cumulative: an hour's usage is what each goal gained within it.
CREATE VIEW IF NOT EXISTS goal_tokens_by_hour AS
SELECT toStartOfHour(occurred_at) AS hour, service_name, sum(gained) AS tokens, uniqExact(thread_id, goal_id) AS goals
FROM (
    SELECT
        occurred_at, service_name, thread_id, goal_id,
        cumulative_tokens_accounted - lagInFrame(cumulative_tokens_accounted, 1, 0)
            OVER (PARTITION BY thread_id, goal_id ORDER BY occurred_at, uid) AS gained
    FROM codex_goal_events
    WHERE event_kind = 'usage_accounted' AND cumulative_tokens_accounted IS NOT NULL
)
GROUP BY hour, service_name
ORDER BY hour, service_name;
