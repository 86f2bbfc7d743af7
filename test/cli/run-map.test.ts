import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url))
const REGISTER = new URL('../../dist/register.mjs', import.meta.url).href
const CONFIG = 'goaltrace.config.json'

const TABLE = `CREATE TABLE IF NOT EXISTS plans (id TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL DEFAULT 'pending')`
const ADDED = `INSERT INTO plans (id, title) VALUES ('p' || (SELECT count(*) FROM plans), 'Sort the attic')`

/** A first run with an empty database each, in the ways that agents write. */
const AGENTS: Readonly<Record<string, string>> = {
  'better-sqlite3, in a transaction': `import Database from 'better-sqlite3'
    const db = new Database('a.db')
    db.exec("${TABLE}")
    db.transaction(() => {
      db.prepare("${ADDED}").run()
      db.prepare("UPDATE plans SET status = 'completed'").run()
    })()`,
  'better-sqlite3, by a table that another connection makes after opening': `import Database from 'better-sqlite3'
    const db = new Database('a.db')
    db.exec('CREATE TABLE notes (text)')
    db.prepare("INSERT INTO notes VALUES ('one')").run()
    new Database('a.db').exec("${TABLE}").close()
    db.prepare("${ADDED}").run()
    db.prepare("UPDATE plans SET status = 'completed'").run()`,
  'node:sqlite': `import { DatabaseSync } from 'node:sqlite'
    const db = new DatabaseSync('a.db')
    db.exec("${TABLE}")
    db.exec("${ADDED}")
    db.prepare("UPDATE plans SET status = 'completed'").run()`,
  Drizzle: `import Database from 'better-sqlite3'
    import { eq, sql } from 'drizzle-orm'
    import { drizzle } from 'drizzle-orm/better-sqlite3'
    import { sqliteTable, text } from 'drizzle-orm/sqlite-core'
    const db = drizzle({ client: new Database('a.db') })
    const plans = sqliteTable('plans', { id: text().primaryKey(), title: text(), status: text().notNull().default('pending') })
    db.transaction((tx) => tx.run(sql.raw("${TABLE}")))
    db.insert(plans).values({ id: 'p0', title: 'Sort the attic' }).run()
    db.update(plans).set({ status: 'completed' }).where(eq(plans.id, 'p0')).run()`,
  'a table of statuses that is filled first': `import Database from 'better-sqlite3'
    const db = new Database('a.db')
    db.exec("CREATE TABLE plan_statuses (id INTEGER PRIMARY KEY, name TEXT)")
    db.exec("CREATE TABLE plans (id TEXT PRIMARY KEY, title TEXT, status_id INTEGER NOT NULL REFERENCES plan_statuses(id))")
    for (const name of ['Pending', 'Done']) db.prepare('INSERT INTO plan_statuses (name) VALUES (?)').run(name)
    db.prepare("INSERT INTO plans VALUES ('p0', 'Sort the attic', 1)").run()
    db.prepare('UPDATE plans SET status_id = 2').run()`,
}

const SIMPLE = AGENTS['better-sqlite3, in a transaction'] as string

async function agentFolder(source: string) {
  const folder = scratchFolder()
  symlinkSync(MODULES, join(folder, 'node_modules'))
  writeFileSync(join(folder, 'night-agent.mjs'), source)
  const receiver = await Receiver.start()
  const env = {
    GOALTRACE_STATE_DIR: join(folder, 'state'),
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    GOALTRACE_EXIT_LIMIT: '20000',
  }
  const run = (options: readonly string[] = [], more: NodeJS.ProcessEnv = {}) =>
    goaltrace(['run', ...options, '--', process.execPath, 'night-agent.mjs'], { ...env, ...more }, folder).ended
  const events = () =>
    receiver.logs.map(
      ({ eventName, attributes: of }) => `${eventName.slice(11)} ${of['agent_goal.id']} ${of['agent_goal.status']}`,
    )
  return { folder, receiver, run, events, config: join(folder, CONFIG), env }
}

const BOTH = ['created p0 active', 'status_changed p0 complete']

describe('goaltrace run on a table of goals that nothing maps', () => {
  it('says so, shows the proposal, and changes nothing', async () => {
    const { folder, run, events, config } = await agentFolder(SIMPLE)
    const { code, out, err } = await run()
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(
      /^goaltrace: "plans" looks like a table of goals but is not mapped, so it is not observed: .* in \S+a\.db/,
    )
    expect(err).toMatch(/a\.db \(plans\): looks like a table of goals but is not mapped.*`goaltrace run --map -- …`/)
    expect(err).toContain('plans: columns {"goalId":"id","status":"status","objective":"title"}')
    expect([existsSync(config), events()]).toEqual([false, []])
    // It says so once, and shows no more than its own log level allows.
    expect((await goaltrace(['doctor', 'a.db'], {}, folder).ended).out).toContain('"pending": "active"')
  })

  it.each(Object.entries(AGENTS))('maps it with --map, and goes on: %s', async (_, source) => {
    const { receiver, run, events, config } = await agentFolder(source)
    const { code, out, err } = await run(['--map', '--objectives'])
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(/a\.db \(plans\): mapped in goaltrace\.config\.json, a new file; check it once/)
    expect(err.match(/mapped in/g)).toHaveLength(1)
    expect(JSON.parse(readFileSync(config, 'utf8')).tables).toHaveLength(1)
    expect(events()).toEqual(BOTH)
    expect(receiver.logs[0]?.attributes['agent_goal.objective']).toBe('Sort the attic')
    expect(receiver.logs[0]?.resource['service.name']).toBe('night-agent')
  })

  it('creates the file that GOALTRACE_CONFIG names', async () => {
    const { folder, run, events } = await agentFolder(SIMPLE)
    const named = join(folder, 'goals.json')
    const { err } = await run(['--map'], { GOALTRACE_CONFIG: named })
    expect(err).toContain('a.db (plans): mapped in goals.json, a new file; check it once')
    expect(JSON.parse(readFileSync(named, 'utf8')).tables).toHaveLength(1)
    expect(events()).toEqual(BOTH)
  })

  it('finds its mapping at the next start, and says nothing more of it', async () => {
    const { run, events } = await agentFolder(SIMPLE)
    await run(['--map'])
    const { err } = await run()
    expect(events().slice(2)).toEqual(['created p1 active', 'status_changed p1 complete'])
    expect(err).not.toContain('mapp')
    expect(err.trimEnd().split('\n').at(-1)).toMatch(
      /a\.db \(plans\): \d+ changes of goals, nothing is pending, all events/,
    )
  })

  it('adds the table to a file that maps others, which keeps all it has', async () => {
    const { run, events, config } = await agentFolder(SIMPLE)
    const own = { table: 'missions', columns: { goalId: 'id', status: 'state' }, statuses: { afoot: 'active' } }
    writeFileSync(config, JSON.stringify({ tables: [own], maxOutboxRows: 5000 }))
    const { err } = await run(['--map'])
    expect(err).toContain('a.db (plans): added to goaltrace.config.json; check it once')
    const { tables, maxOutboxRows } = JSON.parse(readFileSync(config, 'utf8'))
    expect([tables[0], tables[1].table, maxOutboxRows]).toEqual([own, 'plans', 5000])
    expect(events()).toEqual(BOTH)
  })

  it('leaves a file without tables as it is, since it would no longer mean Codex’s, and observes all the same', async () => {
    const { run, events, config } = await agentFolder(SIMPLE)
    writeFileSync(config, '{"maxOutboxRows":5000}')
    const { err } = await run(['--map'])
    expect(err).toMatch(/a\.db \(plans\): observed with this mapping, which could not be saved: .*names no tables/)
    expect([readFileSync(config, 'utf8'), events()]).toEqual(['{"maxOutboxRows":5000}', BOTH])
  })

  it('does not look where somebody has said that no table holds goals', async () => {
    const { run, events, config } = await agentFolder(SIMPLE)
    writeFileSync(config, '{"tables":[]}')
    const { err } = await run(['--map'])
    expect([err.includes('plans'), events(), readFileSync(config, 'utf8')]).toEqual([false, [], '{"tables":[]}'])
  })

  it('of people and content takes nothing for goals, and names them', async () => {
    const { run, config } = await agentFolder(SIMPLE.replaceAll('plans', 'articles'))
    const { err } = await run(['--map'])
    expect(err).toMatch(
      /no goals were seen: a\.db has no mapped table.*only you know whether any of these holds goals: articles\n$/,
    )
    expect(existsSync(config)).toBe(false)
  })

  it.each([
    [undefined, 1],
    ['none', 0],
    ['warn', 1],
    ['loud', 2],
  ])('under register alone says it in a line; with OTEL_LOG_LEVEL=%s in %i', async (level, lines) => {
    const { folder, env } = await agentFolder(SIMPLE)
    const { execFileSync } = await import('node:child_process')
    const given = { PATH: process.env.PATH, ...env, ...(level && { OTEL_LOG_LEVEL: level }) }
    const stderr = join(folder, 'stderr')
    const agent = `'${process.execPath}' --import '${REGISTER}' night-agent.mjs 2>'${stderr}'`
    execFileSync('sh', ['-c', agent], { cwd: folder, env: given })
    const said = readFileSync(stderr, 'utf8').split('\n').filter(Boolean)
    expect(said).toHaveLength(lines)
    if (level === 'loud') expect(said[0]).toContain('OTEL_LOG_LEVEL is "loud"; expected one of none, error, warn')
  })
})

describe('goaltrace run on changes that are not reported', () => {
  const WORD = AGENTS['node:sqlite']?.replace("status = 'completed'", "status = 'simmering\u001b[2J'") as string

  it('counts them in its last line, and never says that all was sent', async () => {
    const { receiver, run, events } = await agentFolder(WORD)
    const { err } = await run(['--map'], { OTEL_LOG_LEVEL: 'warn' })
    expect(events()).toEqual(['created p0 active'])
    const word = '"simmering\\u001b[2J"'
    expect(err).toContain(`goaltrace: the status ${word} of "plans" is not mapped, so changes to it are not reported`)
    const last = err.trimEnd().split('\n').at(-1)
    expect(last).toMatch(
      /2 changes of goals, nothing is pending, what can be reported was sent to http\S+; 1 change not reported, as/,
    )
    expect(last).toContain(`these statuses are not mapped: ${word} of plans`)
    const counted = receiver.metrics.filter(({ name }) => name === 'agent_goal.unmapped').at(-1)
    expect(JSON.stringify(counted?.data)).toContain('simmering')
  })

  it.each(['', 'process.exit(0)', "throw new Error('broken')"])(
    'warns of them before the process ends: %s',
    async (end) => {
      const { run } = await agentFolder(`${WORD};${end}`)
      const { err } = await run(['--map'], { OTEL_LOG_LEVEL: 'warn' })
      expect(
        err.match(/the status "simmering[^\n]* of "plans" is not mapped, so changes to it are not reported/g),
      ).toHaveLength(1)
      expect(err.trimEnd().split('\n').at(-1)).toContain('; 1 change not reported, as these statuses are not mapped:')
    },
  )

  it('counts them while they are pending, and `goaltrace relay` counts them when it delivers the rest', async () => {
    const { folder, receiver, run, env } = await agentFolder(WORD)
    receiver.mood = 503
    const { err } = await run(['--map'])
    const count = '; 1 change not reported, as these statuses are not mapped: "simmering'
    expect(err.trimEnd().split('\n').at(-1)).toMatch(/2 changes of goals, 2 pending /)
    expect(err.trimEnd().split('\n').at(-1)).toContain(count)
    const shown = await goaltrace(['outbox', 'a.db'], env, folder).ended
    expect(shown.out).toContain('2 changes are pending, as 1 event, since')
    receiver.mood = 'ok'
    const { out } = await goaltrace(['relay', 'a.db', '--once'], env, folder).ended
    expect(out).toContain(`a.db: 2 changes delivered, nothing is pending${count}`)
    expect((await goaltrace(['relay', 'a.db', '--once'], env, folder).ended).out).not.toContain('not reported')
  })

  it('of which the receiver has rejected some does not say that all was sent', async () => {
    const { receiver, run } = await agentFolder(SIMPLE)
    receiver.rejects = 'status_changed'
    const { err } = await run(['--map'])
    expect(err).not.toContain('all events')
    expect(err).toMatch(/1 log records? w(?:as|ere) rejected by/)
  })

  it('that nobody is to get says so', async () => {
    const { run } = await agentFolder(SIMPLE)
    const { err } = await run(['--map'], { OTEL_LOGS_EXPORTER: 'none' })
    expect(err).toMatch(
      /nothing is pending, no event is sent: the receiver is nobody, as OTEL_LOGS_EXPORTER is none\n$/,
    )
  })
})
