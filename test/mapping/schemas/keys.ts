import type { AgentSchema } from './schema.ts'

/** What names a goal, which thread it is on, and what it has used. */
export const KEYS: readonly AgentSchema[] = [
  {
    name: 'one goal a thread, replaced in place',
    schema: `CREATE TABLE thread_objectives (thread_id TEXT PRIMARY KEY NOT NULL, goal_id TEXT NOT NULL, objective TEXT NOT NULL,
      status TEXT NOT NULL, token_budget INTEGER, tokens_used INTEGER NOT NULL DEFAULT 0, time_used_seconds INTEGER NOT NULL DEFAULT 0)`,
    work: [
      `INSERT INTO thread_objectives (thread_id, goal_id, objective, status) VALUES ('t', 'g1', 'Read the log', 'active')
        ON CONFLICT (thread_id) DO UPDATE SET goal_id = excluded.goal_id, objective = excluded.objective, status = excluded.status`,
      `UPDATE thread_objectives SET tokens_used = 250`,
      `INSERT INTO thread_objectives (thread_id, goal_id, objective, status) VALUES ('t', 'g2', 'Fix the test', 'active')
        ON CONFLICT (thread_id) DO UPDATE SET goal_id = excluded.goal_id, tokens_used = 0`,
      `UPDATE thread_objectives SET status = 'budget_limited'`,
    ],
    events: [
      'g1 created active 0',
      'g1 usage_accounted active 250',
      'g2 created active 0',
      'g2 status_changed budget_limited 0',
    ],
  },
  {
    name: 'one row a session, saved by upsert',
    schema: `CREATE TABLE session_goals (session_id TEXT PRIMARY KEY, goal_text TEXT, status TEXT NOT NULL, seconds INTEGER DEFAULT 0)`,
    work: [
      `INSERT INTO session_goals (session_id, goal_text, status) VALUES ('s', 'Plan the trip', 'active')`,
      `INSERT INTO session_goals (session_id, goal_text, status, seconds) VALUES ('s', 'Plan the trip', 'active', 30)
        ON CONFLICT (session_id) DO UPDATE SET status = excluded.status, seconds = excluded.seconds`,
      `INSERT INTO session_goals (session_id, goal_text, status, seconds) VALUES ('s', 'Plan the trip', 'stuck', 30)
        ON CONFLICT (session_id) DO UPDATE SET status = excluded.status, seconds = excluded.seconds`,
    ],
    events: ['s created active', 's usage_accounted active', 's status_changed blocked'],
  },
  {
    name: 'a uuid beside a numbered key and a unique name, and seconds by a short name',
    schema: `CREATE TABLE goals (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, uuid TEXT NOT NULL UNIQUE, title TEXT,
      status TEXT NOT NULL DEFAULT 'open', secs INTEGER NOT NULL DEFAULT 0)`,
    work: [
      `INSERT INTO goals (slug, uuid, title) VALUES ('sort-mail', 'u', 'Sort the mail')`,
      'UPDATE goals SET secs = 12',
      `UPDATE goals SET status = 'done', secs = 20`,
    ],
    events: ['u created active', 'u usage_accounted active', 'u usage_accounted complete', 'u status_changed complete'],
  },
  {
    name: 'seconds by a short name in a table of usage, of goals with a number and a unique slug',
    schema: `CREATE TABLE goals (id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, status TEXT NOT NULL DEFAULT 'open');
      CREATE TABLE goal_usage (id INTEGER PRIMARY KEY, goal_id INTEGER NOT NULL REFERENCES goals(id), secs INTEGER NOT NULL)`,
    work: [
      `INSERT INTO goals (slug) VALUES ('sort-mail')`,
      'INSERT INTO goal_usage (goal_id, secs) VALUES (1, 5)',
      `UPDATE goals SET status = 'done'`,
    ],
    events: ['1 created active', '1 usage_accounted active', '1 status_changed complete'],
  },
  {
    name: 'INSERT OR REPLACE by a unique id beside a numbered key',
    schema: `CREATE TABLE goals (id INTEGER PRIMARY KEY AUTOINCREMENT, goal_id TEXT NOT NULL UNIQUE, conversation TEXT, description TEXT, status TEXT NOT NULL)`,
    work: [
      `INSERT OR REPLACE INTO goals (goal_id, conversation, description, status) VALUES ('g', 'c', 'Pick a name', 'open')`,
      `INSERT OR REPLACE INTO goals (goal_id, conversation, description, status) VALUES ('g', 'c', 'Pick a name', 'accomplished')`,
    ],
    events: ['g created active', 'g status_changed complete'],
  },
  {
    name: 'tasks of goals, whose goal_id names the goal and not the task',
    schema: `CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'planning', budget INTEGER);
      CREATE TABLE tasks (id TEXT PRIMARY KEY, goal_id TEXT NOT NULL REFERENCES goals(id) ON DELETE CASCADE, title TEXT, status TEXT NOT NULL);
      CREATE TABLE goal_events (id INTEGER PRIMARY KEY, goal_id TEXT, state TEXT)`,
    work: [
      `INSERT INTO goals (id, title, budget) VALUES ('g', 'Launch the site', 5000)`,
      `INSERT INTO tasks VALUES ('t', 'g', 'Buy the domain', 'running')`,
      `UPDATE tasks SET status = 'done'`,
      `INSERT INTO goal_events (goal_id, state) VALUES ('g', 'done')`,
      `UPDATE goals SET status = 'done'`,
    ],
    events: ['g created active', 'g status_changed complete'],
  },
  {
    name: 'usage row by row in its own table',
    schema: `CREATE TABLE goals (id TEXT PRIMARY KEY, objective TEXT, status TEXT NOT NULL DEFAULT 'active');
      CREATE TABLE token_usage (id INTEGER PRIMARY KEY, goal_id TEXT NOT NULL REFERENCES goals(id), model TEXT, total_tokens INTEGER NOT NULL);
      CREATE INDEX usage_by_goal ON token_usage (goal_id)`,
    work: [
      `INSERT INTO goals (id, objective) VALUES ('g', 'Index the photos')`,
      `INSERT INTO token_usage (goal_id, model, total_tokens) VALUES ('g', 'm', 300)`,
      `INSERT INTO token_usage (goal_id, model, total_tokens) VALUES ('g', 'm', 200)`,
      `UPDATE goals SET status = 'finished'`,
    ],
    events: [
      'g created active 0',
      'g usage_accounted active 300',
      'g usage_accounted active 500',
      'g status_changed complete 500',
    ],
  },
  {
    name: 'runs, which are the only table of work beside messages and users',
    schema: `CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT, status TEXT);
      CREATE TABLE messages (id TEXT PRIMARY KEY, content TEXT, status TEXT);
      CREATE TABLE runs (id text PRIMARY KEY NOT NULL, session_id text NOT NULL, title text, status text NOT NULL, tokens_used integer NOT NULL DEFAULT 0)`,
    work: [
      `INSERT INTO users VALUES ('u', 'Kim', 'active')`,
      `INSERT INTO runs (id, session_id, title, status) VALUES ('r', 's', 'Check the links', 'queued')`,
      `UPDATE runs SET tokens_used = 10, status = 'executing'`,
      `UPDATE runs SET status = 'interrupted'`,
      `UPDATE users SET status = 'deleted'`,
    ],
    events: ['r created active 0', 'r usage_accounted active 10', 'r status_changed paused 10'],
  },
]
