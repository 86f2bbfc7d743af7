"""Does what a command of jthack/claude-goal does with its database: opens it, runs the statements, closes it."""
import os
import sqlite3
import sys

path, *statements = sys.argv[1:]
os.makedirs(os.path.dirname(path), exist_ok=True)
connection = sqlite3.connect(path)
connection.executescript(
    """
    PRAGMA journal_mode=WAL;
    CREATE TABLE IF NOT EXISTS goals (
        id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL UNIQUE,
        objective TEXT NOT NULL,
        status TEXT NOT NULL CHECK(status IN ('active', 'paused', 'budget_limited', 'complete')),
        token_budget INTEGER,
        tokens_used INTEGER NOT NULL DEFAULT 0,
        time_used_seconds INTEGER NOT NULL DEFAULT 0,
        active_started_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        completed_at INTEGER,
        source TEXT NOT NULL DEFAULT 'claude',
        metadata_json TEXT NOT NULL DEFAULT '{}'
    );
    """
)
connection.commit()
for statement in statements:
    connection.execute(statement)
    connection.commit()
connection.close()
