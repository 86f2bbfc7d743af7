#!/bin/sh
# An agent that changes its goals by SQLite's own shell: sh agent.sh goals.db. One connection for all of it, since SQLite removes
# the log with the last one, and a shell for each change may be gone before its log was read.
{
  cat <<'SQL'
.output /dev/null
PRAGMA journal_mode = WAL;
.output
CREATE TABLE IF NOT EXISTS tasks (id TEXT PRIMARY KEY, title TEXT, state TEXT, tokens INTEGER DEFAULT 0);
INSERT OR REPLACE INTO tasks VALUES ('write-report', 'Write the report', 'running', 0);
UPDATE tasks SET tokens = tokens + 1200 WHERE id = 'write-report';
UPDATE tasks SET tokens = tokens + 800 WHERE id = 'write-report';
UPDATE tasks SET state = 'done' WHERE id = 'write-report';
SQL
  # Most agents run on, and so does their connection: the shell goes on with what is typed.
  [ $# -lt 2 ] || cat
} | sqlite3 "$1"
