import type { AgentSchema } from './schema.ts'

/** A number or a key says how a goal stands, and something else what it means. */
export const CODES: readonly AgentSchema[] = [
  {
    name: 'codes that a comment explains',
    schema: `CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      prompt TEXT NOT NULL,
      status INTEGER NOT NULL DEFAULT 0, -- 0 = queued, 1 = running, 2 = done, 3 = failed
      tokens INTEGER NOT NULL DEFAULT 0
    )`,
    work: [
      `INSERT INTO jobs (prompt) VALUES ('Summarize the minutes'), ('Translate the menu')`,
      `UPDATE jobs SET status = 1, tokens = 40 WHERE id = 1`,
      `UPDATE jobs SET status = 2 WHERE id = 1`,
      `UPDATE jobs SET status = 3 WHERE id = 2`,
    ],
    events: [
      '1 created active 0',
      '2 created active 0',
      '1 usage_accounted active 40',
      '1 status_changed complete 40',
      '2 status_changed blocked 0',
    ],
  },
  {
    name: 'codes that nothing explains, whose meaning only their author knows',
    schema: `CREATE TABLE "Tasks" ("id" INTEGER PRIMARY KEY AUTOINCREMENT, "task_id" INTEGER NOT NULL UNIQUE, "title" VARCHAR(255), "status" INTEGER NOT NULL)`,
    work: [`INSERT INTO Tasks (task_id, title, status) VALUES (7, 'File the forms', 0)`, `UPDATE Tasks SET status = 2`],
    events: ['7 created active', '7 status_changed complete'],
  },
  {
    name: 'a table of statuses with names, by a foreign key',
    schema: `CREATE TABLE task_statuses (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      INSERT INTO task_statuses VALUES (1, 'Pending'), (2, 'In progress'), (3, 'Blocked'), (4, 'Done'), (5, 'Cancelled');
      CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(255), description TEXT,
        status_id INTEGER NOT NULL REFERENCES task_statuses(id))`,
    work: [
      `INSERT INTO tasks (name, status_id) VALUES ('Label the boxes', 1)`,
      `UPDATE tasks SET status_id = 2`,
      `UPDATE tasks SET status_id = 3`,
      `UPDATE tasks SET status_id = 4`,
      `UPDATE tasks SET status_id = 5`,
    ],
    events: ['1 created active', '1 status_changed blocked', '1 status_changed complete', '1 cleared complete'],
  },
  {
    name: 'a table of statuses that only the column names, with keys in camelCase',
    schema: `CREATE TABLE statuses (id TEXT PRIMARY KEY, name TEXT NOT NULL, step INTEGER NOT NULL);
      INSERT INTO statuses VALUES ('a1', 'Backlog', 0), ('b2', 'Doing', 1), ('c3', 'Finished', 2);
      CREATE TABLE tasks (id TEXT PRIMARY KEY, title TEXT NOT NULL, statusId TEXT NOT NULL, priorityId INTEGER NOT NULL)`,
    work: [
      `INSERT INTO tasks VALUES ('t', 'Check the smoke alarms', 'a1', 1)`,
      `UPDATE tasks SET statusId = 'b2'`,
      `UPDATE tasks SET statusId = 'c3'`,
    ],
    events: ['t created active', 't status_changed complete'],
  },
  {
    name: 'a table of the words themselves',
    schema: `CREATE TABLE goal_states (state TEXT PRIMARY KEY);
      INSERT INTO goal_states VALUES ('waiting'), ('executing'), ('achieved'), ('archived');
      CREATE TABLE agent_goals (id TEXT PRIMARY KEY, goal TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'executing' REFERENCES goal_states(state))`,
    work: [
      `INSERT INTO agent_goals (id, goal) VALUES ('g', 'Restore the bicycle')`,
      `UPDATE agent_goals SET state = 'waiting'`,
      `UPDATE agent_goals SET state = 'achieved'`,
      `UPDATE agent_goals SET state = 'archived'`,
    ],
    events: ['g created active', 'g status_changed paused', 'g status_changed complete', 'g cleared complete'],
  },
]
