import type { AgentSchema } from './schema.ts'

/** A flag or a time says that a goal is over, or gone. */
export const FLAGS: readonly AgentSchema[] = [
  {
    name: 'done, 0 or 1',
    schema: `CREATE TABLE goals (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL)`,
    work: [
      `INSERT INTO goals (title, created_at) VALUES ('Learn a card trick', 1)`,
      `UPDATE goals SET done = 1`,
      `UPDATE goals SET done = 0`,
      `DELETE FROM goals`,
    ],
    events: ['1 created active', '1 status_changed complete', '1 status_changed active', '1 cleared active'],
  },
  {
    name: 'completed BOOLEAN DEFAULT false, and a task for its text',
    schema: `CREATE TABLE todos (id INTEGER PRIMARY KEY, task TEXT NOT NULL, completed BOOLEAN DEFAULT false, priority INTEGER DEFAULT 1)`,
    work: [`INSERT INTO todos (task) VALUES ('Buy stamps')`, `UPDATE todos SET completed = true`],
    events: ['1 created active', '1 status_changed complete'],
  },
  {
    name: 'columns that begin with the table, as Knex tutorials have them',
    schema:
      "CREATE TABLE `tasks` (`task_id` integer not null primary key autoincrement, `task_description` varchar(255) not null, `task_notes` varchar(255), `task_completed` integer default '0', `project_id` integer not null, foreign key(`project_id`) references `projects`(`project_id`) on delete CASCADE); CREATE TABLE projects (project_id integer primary key)",
    work: [
      `INSERT INTO projects VALUES (1)`,
      `INSERT INTO tasks (task_description, project_id) VALUES ('Wire the lamp', 1)`,
      `UPDATE tasks SET task_completed = 1`,
    ],
    events: ['1 created active', '1 status_changed complete'],
  },
  {
    name: 'completed_at, null until then, of todos that belong to goals',
    schema: `CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT NOT NULL, color TEXT NOT NULL DEFAULT 'green', archived INTEGER NOT NULL DEFAULT 0);
      CREATE TABLE objectives (id TEXT PRIMARY KEY, title TEXT NOT NULL, completed_at TEXT)`,
    work: [
      `INSERT INTO objectives (id, title) VALUES ('o', 'Tidy the shed')`,
      `UPDATE objectives SET completed_at = '2026-02-03'`,
      `INSERT INTO goals (id, title) VALUES ('g', 'A calm house')`,
      `UPDATE goals SET archived = 1`,
    ],
    events: ['o created active', 'o status_changed complete', 'g created active', 'g cleared active'],
  },
  {
    name: 'times in milliseconds, one for each end',
    schema: `CREATE TABLE missions (id TEXT PRIMARY KEY, prompt TEXT, started_at INTEGER, finished_at INTEGER, cancelled_at INTEGER)`,
    work: [
      `INSERT INTO missions (id, prompt) VALUES ('m', 'Map the caves'), ('n', 'Measure the well')`,
      `UPDATE missions SET started_at = 1767225600000`,
      `UPDATE missions SET finished_at = 1767225700000 WHERE id = 'm'`,
      `UPDATE missions SET cancelled_at = 1767225700000 WHERE id = 'n'`,
    ],
    events: ['m created active', 'n created active', 'm status_changed complete', 'n cleared active'],
  },
  {
    name: 'deleted_at beside a status',
    schema: `CREATE TABLE goals (id INTEGER PRIMARY KEY AUTOINCREMENT, raw_input TEXT NOT NULL, title TEXT, status TEXT NOT NULL DEFAULT 'draft',
      enrichment_status TEXT NOT NULL DEFAULT 'raw', created_at TEXT NOT NULL DEFAULT (datetime('now')), deleted_at TEXT)`,
    work: [
      `INSERT INTO goals (raw_input) VALUES ('more walks')`,
      `UPDATE goals SET title = 'Walk daily', status = 'active'`,
      `UPDATE goals SET enrichment_status = 'done'`,
      `UPDATE goals SET deleted_at = datetime('now')`,
    ],
    events: ['1 created active', '1 cleared active'],
  },
  {
    name: 'is_deleted, 0 or 1, beside a status',
    schema: `CREATE TABLE plans (id TEXT PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'draft', is_deleted INTEGER NOT NULL DEFAULT 0)`,
    work: [
      `INSERT INTO plans (id, title) VALUES ('p', 'Move house')`,
      `UPDATE plans SET status = 'executing'`,
      `UPDATE plans SET is_deleted = 1`,
    ],
    events: ['p created active', 'p cleared active'],
  },
]
