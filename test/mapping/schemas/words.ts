import type { AgentSchema } from './schema.ts'

/** A word says how a goal stands. */
export const WORDS: readonly AgentSchema[] = [
  {
    name: 'no CHECK, no rows: the words of the ends are still to come',
    schema: `CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL DEFAULT 'active')`,
    work: [
      `INSERT INTO goals (id, title) VALUES ('g', 'Sort the attic'), ('h', 'Paint the fence')`,
      `UPDATE goals SET status = 'completed' WHERE id = 'g'`,
      `UPDATE goals SET status = 'abandoned' WHERE id = 'h'`,
    ],
    events: ['g created active', 'h created active', 'g status_changed complete', 'h cleared active'],
  },
  {
    name: 'new rows begin with a word that nobody else uses',
    schema: `CREATE TABLE quests (id TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL DEFAULT 'fresh')`,
    work: [`INSERT INTO quests (id, title) VALUES ('q', 'Find the key')`, `UPDATE quests SET status = 'done'`],
    events: ['q created active', 'q status_changed complete'],
  },
  {
    name: 'CHECK of five words, a tenant in the key, a budget that is no number of tokens',
    schema: `CREATE TABLE goals (id TEXT NOT NULL, tenant_id TEXT NOT NULL DEFAULT 'default', chat_id TEXT,
      description TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'pending'
        CHECK(status IN ('pending','in_progress','completed','failed','abandoned')),
      priority INTEGER NOT NULL DEFAULT 0, progress INTEGER NOT NULL DEFAULT 0, autonomy_budget INTEGER NOT NULL DEFAULT 1,
      evidence TEXT NOT NULL DEFAULT '[]', completed_at TEXT, created_at TEXT NOT NULL DEFAULT (datetime('now')),
      PRIMARY KEY (tenant_id, id))`,
    work: [
      `INSERT INTO goals (id, chat_id, description) VALUES ('g', 'c1', 'Find a plumber')`,
      `UPDATE goals SET status = 'in_progress' WHERE id = 'g'`,
      `UPDATE goals SET status = 'failed' WHERE id = 'g'`,
      `UPDATE goals SET status = 'abandoned' WHERE id = 'g'`,
    ],
    events: ['g created active', 'g status_changed blocked', 'g cleared blocked'],
  },
  {
    name: 'words in capitals, as enums of Java and Prisma write them',
    schema: `CREATE TABLE "Task" ("id" TEXT NOT NULL PRIMARY KEY, "title" TEXT NOT NULL, "status" TEXT NOT NULL DEFAULT 'TODO',
      "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" DATETIME NOT NULL)`,
    work: [
      `INSERT INTO Task (id, title, updatedAt) VALUES ('t', 'Draft the agenda', 1)`,
      `UPDATE Task SET status = 'IN_PROGRESS'`,
      `UPDATE Task SET status = 'ON_HOLD'`,
      `UPDATE Task SET status = 'DONE'`,
    ],
    events: ['t created active', 't status_changed paused', 't status_changed complete'],
  },
  {
    name: 'words with spaces and hyphens',
    schema: `CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR(255) NOT NULL, status VARCHAR(50) DEFAULT 'To Do')`,
    work: [
      `INSERT INTO tasks (title) VALUES ('Water the plants')`,
      `UPDATE tasks SET status = 'In Progress'`,
      `UPDATE tasks SET status = 'on-hold'`,
      `UPDATE tasks SET status = 'Timed Out'`,
      `UPDATE tasks SET status = 'Completed'`,
    ],
    events: ['1 created active', '1 status_changed paused', '1 status_changed blocked', '1 status_changed complete'],
  },
  {
    name: 'the words of A2A tasks, per context',
    schema: `CREATE TABLE agent_tasks (task_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, state TEXT NOT NULL, user_instruction TEXT NOT NULL,
      model TEXT NOT NULL, total_tokens INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL)`,
    work: [
      `INSERT INTO agent_tasks VALUES ('t', 's', 'submitted', 'Compare two offers', 'm-1', 0, 1)`,
      `UPDATE agent_tasks SET state = 'working', total_tokens = 900`,
      `UPDATE agent_tasks SET state = 'input-required'`,
      `UPDATE agent_tasks SET state = 'working', total_tokens = 1500`,
      `UPDATE agent_tasks SET state = 'canceled'`,
    ],
    events: [
      't created active 0',
      't usage_accounted active 900',
      't status_changed blocked 900',
      't usage_accounted active 1500',
      't status_changed active 1500',
      't cleared active 1500',
    ],
  },
  {
    name: 'missions of conversations, paused by an interruption',
    schema: `CREATE TABLE IF NOT EXISTS missions (mission_id TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, objective TEXT NOT NULL,
      state TEXT NOT NULL, current_step INTEGER NOT NULL, step_count INTEGER NOT NULL, steps_json TEXT NOT NULL)`,
    work: [
      `INSERT INTO missions VALUES ('m', 'c', 'Book a hall', 'running', 0, 3, '[]')`,
      `UPDATE missions SET current_step = 1`,
      `UPDATE missions SET state = 'paused'`,
      `UPDATE missions SET state = 'succeeded', current_step = 3`,
    ],
    events: ['m created active', 'm status_changed paused', 'm status_changed complete'],
  },
  {
    name: 'a comment has the words, one of them of its own',
    schema: `CREATE TABLE goals (
      id TEXT PRIMARY KEY,
      title TEXT NOT NULL,
      status TEXT NOT NULL DEFAULT 'on_track', -- 'on_track' | 'at_risk' | 'completed'
      progress INTEGER NOT NULL DEFAULT 0
    )`,
    work: [
      `INSERT INTO goals (id, title) VALUES ('g', 'Ten talks by May')`,
      `UPDATE goals SET status = 'at_risk'`,
      `UPDATE goals SET status = 'completed', progress = 100`,
    ],
    events: ['g created active', 'g status_changed complete'],
  },
  {
    name: 'CHECK with equals signs, and a column of another name',
    schema: `CREATE TABLE quests (id TEXT PRIMARY KEY, summary TEXT, standing TEXT NOT NULL
      CHECK (standing = 'open' OR standing = 'resolved' OR standing = 'dropped'))`,
    work: [
      `INSERT INTO quests VALUES ('q', 'Catalogue the seeds', 'open'), ('r', 'Count the jars', 'open')`,
      `UPDATE quests SET standing = 'resolved' WHERE id = 'q'`,
      `UPDATE quests SET standing = 'dropped' WHERE id = 'r'`,
    ],
    events: ['q created active', 'r created active', 'q status_changed complete', 'r cleared active'],
  },
  {
    name: 'status not set at first',
    schema: `CREATE TABLE tasks (id TEXT PRIMARY KEY NOT NULL, type TEXT, payload TEXT, status TEXT, completed_at TEXT)`,
    work: [
      `INSERT INTO tasks (id, type) VALUES ('t', 'crawl')`,
      `UPDATE tasks SET status = 'running'`,
      `UPDATE tasks SET status = 'error'`,
      `UPDATE tasks SET status = 'success'`,
    ],
    events: ['t created active', 't status_changed blocked', 't status_changed complete'],
  },
]
