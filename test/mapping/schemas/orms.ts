import type { AgentSchema } from './schema.ts'

/** As ORMs write a schema. */
export const ORMS: readonly AgentSchema[] = [
  {
    name: 'Drizzle: columns in backticks, enums without a CHECK',
    schema:
      "CREATE TABLE `agent_tasks` (\n\t`id` text PRIMARY KEY NOT NULL,\n\t`title` text NOT NULL,\n\t`description` text,\n\t`status` text DEFAULT 'pending' NOT NULL,\n\t`priority` text DEFAULT 'medium' NOT NULL,\n\t`started_at` integer,\n\t`completed_at` integer\n)",
    work: [
      `INSERT INTO agent_tasks (id, title) VALUES ('t', 'Group the receipts')`,
      `UPDATE agent_tasks SET status = 'in_progress', started_at = 1`,
      `UPDATE agent_tasks SET status = 'failed'`,
      `UPDATE agent_tasks SET status = 'completed', completed_at = 2`,
    ],
    events: ['t created active', 't status_changed blocked', 't status_changed complete'],
  },
  {
    name: 'Prisma: names in camelCase, relations by map',
    schema: `CREATE TABLE "AgentGoal" ("goalId" TEXT NOT NULL PRIMARY KEY, "conversationId" TEXT NOT NULL, "goalText" TEXT NOT NULL,
      "status" TEXT NOT NULL DEFAULT 'PENDING', "tokenBudget" INTEGER, "tokensUsed" INTEGER NOT NULL DEFAULT 0, "modelName" TEXT,
      "deletedAt" DATETIME, CONSTRAINT "AgentGoal_conversationId_fkey" FOREIGN KEY ("conversationId") REFERENCES "Conversation" ("id"));
      CREATE TABLE "Conversation" ("id" TEXT NOT NULL PRIMARY KEY, "title" TEXT)`,
    work: [
      `INSERT INTO Conversation VALUES ('c', 'Garden')`,
      `INSERT INTO AgentGoal (goalId, conversationId, goalText) VALUES ('g', 'c', 'Choose the roses')`,
      `UPDATE AgentGoal SET status = 'RUNNING', tokensUsed = 77`,
      `UPDATE AgentGoal SET status = 'CANCELLED'`,
    ],
    events: ['g created active 0', 'g usage_accounted active 77', 'g cleared active 77'],
  },
  {
    name: 'TypeORM: simple-enum with CHECK, deletedAt',
    schema: `CREATE TABLE "goal" ("id" varchar PRIMARY KEY NOT NULL, "objective" text NOT NULL, "status" varchar CHECK( "status" IN ('new','in-progress','done','rejected') ) NOT NULL DEFAULT ('new'),
      "sessionId" varchar, "durationSeconds" integer NOT NULL DEFAULT (0), "createdAt" datetime NOT NULL DEFAULT (datetime('now')), "deletedAt" datetime)`,
    work: [
      `INSERT INTO goal (id, objective, sessionId) VALUES ('g', 'Renew the passport', 's')`,
      `UPDATE goal SET status = 'in-progress', durationSeconds = 12`,
      `UPDATE goal SET status = 'rejected'`,
      `UPDATE goal SET deletedAt = datetime('now')`,
    ],
    events: ['g created active', 'g usage_accounted active', 'g status_changed blocked', 'g cleared blocked'],
  },
  {
    name: 'Knex: checks of enu(), a name of its own for the key',
    schema:
      "CREATE TABLE `objectives` (`objective_id` char(36) not null, `title` varchar(255) not null, `status` text check (`status` in ('not_started', 'on_track', 'off_track', 'achieved', 'cancelled')) not null default 'not_started', primary key (`objective_id`))",
    work: [
      `INSERT INTO objectives (objective_id, title) VALUES ('o', 'Ship the parser')`,
      `UPDATE objectives SET status = 'off_track'`,
      `UPDATE objectives SET status = 'achieved'`,
      `DELETE FROM objectives`,
    ],
    events: ['o created active', 'o status_changed blocked', 'o status_changed complete', 'o cleared complete'],
  },
  {
    name: 'Sequelize: a plural in capitals, times of its own',
    schema:
      "CREATE TABLE IF NOT EXISTS `Objectives` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `name` VARCHAR(255) NOT NULL, `status` TEXT DEFAULT 'idle', `max_iterations` INTEGER DEFAULT 50, `createdAt` DATETIME NOT NULL, `updatedAt` DATETIME NOT NULL)",
    work: [
      `INSERT INTO Objectives (name, createdAt, updatedAt) VALUES ('Find ten partners', 1, 1)`,
      `UPDATE Objectives SET status = 'running', updatedAt = 2`,
      `UPDATE Objectives SET status = 'stopped', updatedAt = 3`,
      `UPDATE Objectives SET status = 'completed', updatedAt = 4`,
    ],
    events: ['1 created paused', '1 status_changed active', '1 status_changed paused', '1 status_changed complete'],
  },
]
