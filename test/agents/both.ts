import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect } from 'vitest'
import { goaltrace } from '../cli/goaltrace.ts'
import type { Receiver } from '../receiver.ts'
import { type AgentEnd, AgentFolder, type AgentRun } from './run-agent.ts'

export const DRIVERS = ['better-sqlite3', 'node:sqlite'] as const
export type Driver = (typeof DRIVERS)[number]

export interface Agent {
  /** In test/agents/. Default: agent.mjs. */
  readonly script?: string
  readonly args?: readonly (string | number)[]
  /** Its SQLite driver, where it lets the test choose. Default: better-sqlite3. */
  readonly driver?: Driver
  /** Variables that are set only for the run with goaltrace. */
  readonly env?: NodeJS.ProcessEnv
  /** What is done to it while it runs. */
  readonly meanwhile?: (run: AgentRun) => Promise<void>
  /** Whether it starts under `--import goaltrace/register` where it is to be observed. Default: true. */
  readonly register?: boolean
  /** The folder of its databases, used by both runs in turn. Default: a folder each. */
  readonly folders?: () => Promise<AgentFolder> | AgentFolder
}

export interface Observed {
  readonly folder: AgentFolder
  readonly end: AgentEnd
}

/**
 * Runs the same agent without goaltrace and with it, and expects the same output, the same exit, and the same
 * databases.
 */
export async function expectTheSame(endpoint: string, agent: Agent): Promise<Observed> {
  const bare = await runAgent(undefined, agent)
  const observed = await runAgent(endpoint, agent)
  expect(outcomeOf(observed)).toEqual(outcomeOf(bare))
  expect(observed.dump).toEqual(bare.dump)
  return observed
}

/** Delivers by `goaltrace relay` what the agent's exit did not, on a busy machine or to a failing receiver. */
export async function deliverRest(
  receiver: Receiver,
  { path, state }: Pick<AgentFolder, 'path' | 'state'>,
): Promise<void> {
  receiver.mood = 'ok'
  for (const name of databasesIn(path)) {
    const env = { GOALTRACE_STATE_DIR: state, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    await goaltrace(['relay', join(path, name), '--once'], env).ended
  }
}

async function runAgent(endpoint: string | undefined, agent: Agent): Promise<Observed & { readonly dump: object }> {
  const { script = 'agent.mjs', args = [], driver = 'better-sqlite3', env, meanwhile, register = true } = agent
  const folder = await (agent.folders ?? (() => new AgentFolder()))()
  const observed = endpoint !== undefined
  const run = folder.start(
    endpoint,
    args,
    { DRIVER: driver, ...(observed && env) },
    `test/agents/${script}`,
    observed && register,
  )
  await meanwhile?.(run)
  const end = await run.ended
  return { folder, end, dump: dumpOf(folder) }
}

/** Node does not promise in which tick an agent's module runs, yet that shows as a frame in its stacks. */
export function ofAnyRun(text: string): string {
  return text.replaceAll(/\(node:\d+\)/g, '(node)').replaceAll(/^\s+at .*node:internal.*\n/gm, '')
}

/** What is visible of an exit. Process ids, folder names and Node's own frames differ from run to run. */
function outcomeOf({ folder, end }: Observed): object {
  const same = (text: string) => ofAnyRun(text).replaceAll(folder.path, 'FOLDER')
  return { code: end.code, signal: end.signal, stdout: same(end.stdout), stderr: same(end.stderr) }
}

/** Everything in a folder's databases, except goaltrace's tables. */
function dumpOf(folder: AgentFolder): object {
  return Object.fromEntries(databasesIn(folder.path).map((name) => [name, dumpOfFile(join(folder.path, name))]))
}

function databasesIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.sqlite'))
    .sort()
}

function dumpOfFile(file: string): object {
  const witness = new Database(file, { fileMustExist: true })
  try {
    const schema = witness
      .prepare(
        `SELECT type, name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE '\\_goaltrace\\_%' ESCAPE '\\' ORDER BY name`,
      )
      .all() as { type: string; name: string }[]
    const settings = ['user_version', 'application_id', 'journal_mode', 'page_size', 'auto_vacuum', 'encoding']
    const tables = schema.filter(({ type }) => type === 'table').map(({ name }) => name)
    return {
      schema,
      settings: settings.map((setting) => witness.pragma(setting)),
      rows: Object.fromEntries(
        tables.map((table) => [
          table,
          witness.prepare(`SELECT * FROM "${table}"`).raw().all().map(withoutProcess).sort(),
        ]),
      ),
    }
  } finally {
    witness.close()
  }
}

/** A thread of agent.mjs is named after its process; which of several threads comes first is random. */
function withoutProcess(row: unknown): string {
  return JSON.stringify(row).replace(/thread-\d+/, 'thread')
}
