"""Runs schema.sql in chdb, ClickHouse's engine in a process, on a million log records and checks the views against them.

    collector/clickhouse/install.sh
    .cache/chdb/bin/python collector/clickhouse/check.py [RECORDS]
"""

import hashlib
import json
import re
import sys
import time
from pathlib import Path

from chdb.session import Session

EVENTS_PER_GOAL = 50
RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
GOALS = RECORDS // EVENTS_PER_GOAL

session = Session()
session.query("CREATE DATABASE goals")
session.query("USE goals")


def rows(sql):
    return [json.loads(line) for line in session.query(sql, "JSONEachRow").data().splitlines()]


def value(sql):
    return next(iter(rows(sql)[0].values()))


def key(text):
    """Ids are random, so that they take as much disk space as real ids."""
    return hashlib.md5(text.encode()).hexdigest()


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: found {found}, expected {expected}")
    print(f"  {what}: {found if not isinstance(found, list) else 'as expected'}")


def timed(what, run):
    start = time.monotonic()
    result = run()
    print(f"{what}: {time.monotonic() - start:.2f} s")
    return result


def insert(numbers, extra="", name="name"):
    """The events of goal n/50: created, 48 usages of 10 tokens with 2 s each, and the 50th completes every other goal."""
    session.query(f"""
INSERT INTO otel_logs (Timestamp, TraceId, SpanId, ServiceName, ResourceAttributes, LogAttributes, EventName)
WITH
    intDiv(number, {EVENTS_PER_GOAL}) AS goal,
    number % {EVENTS_PER_GOAL} AS at,
    multiIf(at = 0, 'created', at < {EVENTS_PER_GOAL - 1}, 'usage_accounted', 'status_changed') AS kind,
    multiIf(kind != 'status_changed', 'active', goal % 2 = 0, 'complete', 'blocked') AS status,
    'agent_goal.' || kind AS name
SELECT
    toDateTime64('2026-11-01 00:00:00', 9, 'UTC') + toIntervalSecond(goal * 20 + at * 60),
    hex(MD5(toString(number))), substring(hex(MD5(toString(number))), 1, 16), 'an-agent',
    map('service.version', '1.2.3', 'os.type', 'darwin', 'os.version', '15.1', 'host.arch', 'arm64'),
    mapUpdate(map('log.record.uid', lower(hex(MD5('uid-' || toString(number)))), 'gen_ai.conversation.id', lower(hex(MD5('thread-' || toString(goal)))),
        'session.id', 'session', 'agent_goal.client.id', 'client', 'agent_goal.client.rpc_transport', 'in_process',
        'agent_goal.id', lower(hex(MD5('goal-' || toString(goal)))), 'agent_goal.status', status,
        'agent_goal.usage.tokens', toString(least(at, {EVENTS_PER_GOAL - 2}) * 10), 'agent_goal.usage.duration', toString(at * 2)
    ), CAST(map({extra}), 'Map(String, String)')), {name}
FROM {numbers}""")


schema = re.sub(r"^--.*$", "", (Path(__file__).parent / "schema.sql").read_text(), flags=re.MULTILINE)
for statement in filter(str.strip, schema.split(";\n")):
    session.query(statement)

timed(f"{RECORDS:,} records", lambda: insert(f"numbers({RECORDS})"))
timed("a tenth of them again", lambda: insert(f"numbers({RECORDS // 10})"))
insert("numbers(10)", "'agent_goal.status', 'done', 'log.record.uid', 'bad-' || toString(number)")
insert("numbers(10)", name="'gen_ai.choice'")

check("events", timed("each once", lambda: value("SELECT count() FROM codex_goal_events")), RECORDS)
check("uids", value("SELECT uniqExact(uid) FROM codex_goal_events"), RECORDS)
check("refused", timed("what was refused", lambda: value("SELECT count() FROM goal_records_refused")), 10)

event = rows(f"SELECT * FROM codex_goal_events WHERE uid = '{key('uid-1')}'")[0]
check("a null", event["turn_id"], None)
check("a name of Codex's", (event["runtime_os"], event["runtime_arch"]), ("macos", "aarch64"))
check("usage", (event["cumulative_tokens_accounted"], event["cumulative_time_accounted_seconds"]), (10, 2))
created = rows(f"SELECT * FROM codex_goal_events WHERE uid = '{key('uid-0')}'")[0]
check("no usage of another kind", created["cumulative_tokens_accounted"], None)
check("no budget", created["has_token_budget"], False)

timeline = f"SELECT * FROM goal_timeline WHERE thread_id = '{key('thread-7')}' AND goal_id = '{key('goal-7')}'"
steps = timed("the timeline of a goal", lambda: rows(timeline))
check("its steps", len(steps), EVENTS_PER_GOAL)
check("in order", [step["uid"] for step in steps], [key(f"uid-{7 * EVENTS_PER_GOAL + at}") for at in range(EVENTS_PER_GOAL)])

funnel = timed("the funnel", lambda: rows("SELECT * FROM goal_funnel"))
totals = {name: sum(int(day[name]) for day in funnel) for name in ("created", "worked_on", "completed", "stopped", "active")}
check("goals", totals, {"created": GOALS, "worked_on": GOALS, "completed": GOALS - GOALS // 2, "stopped": GOALS // 2, "active": 0})

hours = timed("tokens by hour", lambda: rows("SELECT * FROM goal_tokens_by_hour"))
check("tokens", sum(int(hour["tokens"]) for hour in hours), GOALS * (EVENTS_PER_GOAL - 2) * 10)
by_hand = "SELECT sum(most) FROM (SELECT max(tokens_so_far) AS most FROM codex_goal_event_rows GROUP BY goal_id)"
check("as the last counts say", int(value(by_hand)), GOALS * (EVENTS_PER_GOAL - 2) * 10)


def insert_goal(uid, goal, second, kind="created", **more):
    attributes = {"log.record.uid": uid, "gen_ai.conversation.id": "one", "session.id": "one", "agent_goal.id": goal,
        "agent_goal.client.id": "client", "agent_goal.client.rpc_transport": "in_process", "agent_goal.status": "active"}
    attributes |= {f"agent_goal.{name}": text for name, text in more.items()}
    session.query(f"""INSERT INTO otel_logs (Timestamp, ResourceAttributes, LogAttributes, EventName) VALUES (
        toDateTime64('2027-01-01 00:00:{second:02}', 9, 'UTC'),
        {({"service.version": "1", "os.type": "linux", "os.version": "1", "host.arch": "amd64"})}, {attributes}, 'agent_goal.{kind}')""")


insert_goal("f1", "first", 1)
insert_goal("f2", "first", 2, "usage_accounted", **{"usage.tokens": "0.30000000000000004", "usage.duration": "12.625"})
insert_goal("f3", "second", 3, previous_id="first")
insert_goal("f4", "second", 4, "status_changed", status="complete")
insert_goal("f5", "third", 5, previous_id="second", **{"usage.tokens": "NaN", "token_budget": "1e+300"})
fraction = rows("SELECT * FROM codex_goal_events WHERE uid = 'f2'")[0]
check("whole seconds", (fraction["cumulative_tokens_accounted"], fraction["cumulative_time_accounted_seconds"]), (0, 12))
odd = rows("SELECT * FROM codex_goal_events WHERE uid = 'f5'")[0]
check("no numbers", (odd["tokens_so_far"], odd["token_budget"], odd["previous_id"]), (None, None, "second"))
day = rows("SELECT * FROM goal_funnel WHERE day = '2027-01-01'")[0]
check("replaced goals", tuple(int(day[name]) for name in ("created", "completed", "active", "replaced")), (3, 1, 1, 1))

session.query("OPTIMIZE TABLE otel_logs FINAL")
session.query("OPTIMIZE TABLE codex_goal_event_rows FINAL")
sizes = rows("""SELECT table, sum(rows) AS held, sum(bytes_on_disk) AS bytes FROM system.parts
    WHERE active AND database = 'goals' GROUP BY table ORDER BY table""")
for size in sizes:
    print(f"{size['table']}: {int(size['held']):,} rows, {int(size['bytes']) / int(size['held']):.0f} bytes a row on disk")
