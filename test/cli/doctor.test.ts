import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { hasNodeSqlite } from '../../src/sqlite/node-sqlite/version.ts'
import { AgentFolder } from '../agents/run-agent.ts'
import { TABLE } from '../capture/observed-goals.ts'
import { BUN, hasBun } from '../drivers/bun.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const SQLITE = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'))

/** An agent's folder with these versions at these places under node_modules; the better-sqlite3 in it is a real one. */
function agentFolder(packages: Readonly<Record<string, string>>, dependencies: Readonly<Record<string, string>> = {}) {
  const folder = realpathSync(scratchFolder())
  for (const [path, version] of Object.entries(packages)) {
    const at = join(folder, 'node_modules', path)
    mkdirSync(at, { recursive: true })
    writeFileSync(join(at, 'package.json'), JSON.stringify({ version }))
  }
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(SQLITE, join(folder, 'node_modules/better-sqlite3'))
  mkdirSync(join(folder, 'src'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }))
  writeFileSync(join(folder, 'src/agent.js'), 'throw new Error("doctor does not start the agent")')
  return { folder, agent: ['--', process.execPath, '--no-warnings', join(folder, 'src/agent.js')] }
}

const HEALTHY = { '@opentelemetry/api': '1.9.1' }

async function doctor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT ?? (await Receiver.start()).url
  const settings = { GOALTRACE_STATE_DIR: scratchFolder(), OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...env }
  const { code, out, err } = await goaltrace(['doctor', ...args], settings).ended
  expect(err).toBe('')
  return { code, out, faults: out.split('\n').filter((line) => line.startsWith('✗')) }
}

function database(schema: string, name = 'goals.db'): string {
  const file = join(scratchFolder(), name)
  new Database(file).exec(schema).close()
  return file
}

describe('goaltrace doctor, where all is well', () => {
  it('says what it found, ends with 0, and leaves the database as it is', async () => {
    const { agent } = agentFolder(HEALTHY)
    const file = database(`${TABLE}; INSERT INTO thread_goals (thread_id, goal_id) VALUES ('t', 'g')`)
    const bytes = readFileSync(file)
    const { code, out, faults } = await doctor([file, ...agent])
    expect([code, faults]).toEqual([0, []])
    expect(out).toMatch(/^✓ Node +\d+\.\d+\.\d+$/m)
    expect(out).toMatch(/^✓ better-sqlite3 +\d+\.\d+\.\d+$/m)
    expect(out).toMatch(/^✓ OpenTelemetry API +1\.9\.1$/m)
    expect(out).toMatch(/^✓ receiver +http:\S+ answers$/m)
    expect(out).toMatch(/^✓ thread_goals +1 goal$/m)
    expect(out).toMatch(/^✓ outbox +none yet/m)
    expect(readFileSync(file)).toEqual(bytes)
    expect(readdirSync(dirname(file))).toEqual(['goals.db'])
  })

  it("names `goaltrace codex watch` for Codex's database, and asks for no packages", async () => {
    const file = database(readFileSync(new URL('../recordings/schema.sql', import.meta.url), 'utf8'), 'goals_1.sqlite')
    const { code, out, faults } = await doctor([file])
    expect([code, faults]).toEqual([0, []])
    expect(out).toMatch(/^✓ thread_goals +0 goals$/m)
    expect(out).toMatch(/^✓ Codex .*`goaltrace codex watch` reports its goals$/m)
    expect(out).not.toMatch(/outbox|OpenTelemetry/)
  })

  it('counts what is pending', async () => {
    const agent = new AgentFolder()
    await agent.run('http://127.0.0.1:9', [2, 'exit'])
    const { code, out } = await doctor([agent.file], { GOALTRACE_STATE_DIR: agent.state })
    expect([code, out]).toEqual([0, expect.stringMatching(/^✓ outbox +3 pending; `goaltrace relay /m)])
  })
})

describe('goaltrace doctor on packages', () => {
  it.each([
    [{}, {}, /^✗ OpenTelemetry API +not installed for .*\n +→ npm i @opentelemetry\/api$/m],
    [{ '@opentelemetry/api': '1.8.0' }, {}, /^✗ OpenTelemetry API +1\.8\.0\n +→ goaltrace needs 1\.9 or newer/m],
    [
      { ...HEALTHY, 'lib/node_modules/@opentelemetry/api': '1.10.0' },
      {},
      /^✗ OpenTelemetry API +2 copies: 1\.9\.1 \(\S+\), 1\.10\.0 \(\S+\/lib\/node_modules\/\S+\)\n +→ .*npm dedupe/m,
    ],
    [{ '.pnpm/a@1/node_modules/@opentelemetry/api': '1.10.0', ...HEALTHY }, {}, /^✗ OpenTelemetry API +2 copies/m],
    [
      { '@opentelemetry/api': '1.10.0', '@opentelemetry/sdk-logs': '3.1.1', '@opentelemetry/api-logs': '0.223.0' },
      { '@opentelemetry/api-logs': '^0.223.0' },
      /^✗ OpenTelemetry SDK +sdk-logs 3\.1\.1, with api-logs\n +→ .*npm rm @opentelemetry\/api-logs/m,
    ],
    [
      { ...HEALTHY, '@opentelemetry/sdk-node': '0.301.1', '@opentelemetry/sdk-logs': '0.223.0' },
      {},
      /^✗ OpenTelemetry SDK +sdk-node 0\.301\.1, sdk-logs 0\.223\.0\n +→ packages of two lines/m,
    ],
  ])('names the fault and the fix: %j %j', async (packages, dependencies, sentence) => {
    const { code, out, faults } = await doctor(agentFolder(packages as Record<string, string>, dependencies).agent)
    expect([code, faults.length]).toEqual([1, 1])
    expect(out).toMatch(sentence)
  })

  it.each([
    { ...HEALTHY, 'lib/node_modules/@opentelemetry/api': '1.9.0' },
    { '@opentelemetry/api': '1.10.0', '@opentelemetry/sdk-logs': '3.1.1', '@opentelemetry/api-logs': '0.223.0' },
    { ...HEALTHY, '@opentelemetry/sdk-node': '0.223.0', '@opentelemetry/sdk-trace-base': '2.12.0' },
  ])('finds no fault in what works: %j', async (packages) => {
    expect((await doctor(agentFolder(packages).agent)).faults).toEqual([])
  })

  it('says so where better-sqlite3 does not load, or Node does not start', async () => {
    const { folder, agent } = agentFolder({ ...HEALTHY, 'lib/node_modules/better-sqlite3': '12.0.0' })
    mkdirSync(join(folder, 'node_modules/lib/agent'))
    const script = join(folder, 'node_modules/lib/agent/agent.js')
    writeFileSync(script, '')
    const broken = await doctor(['--', process.execPath, script])
    expect(broken.out).toMatch(/^✗ better-sqlite3 +12\.0\.0\n +→ it does not load \(.*\): npm rebuild better-sqlite3$/m)
    const gone = await doctor(['--', join(folder, 'node'), ...agent.slice(2)])
    expect(gone.faults).toEqual([expect.stringMatching(/^✗ Node +\S+ does not start$/)])
  })

  it.each([
    { binary: 'RemoveEnvironmentCleanupHook', atOnce: 'process.abort()', faults: 1 },
    { binary: 'RemoveEnvironmentCleanupHook', atOnce: 'process.exit(0)', faults: 0 },
    { binary: 'AddEnvironmentCleanupHook', atOnce: 'process.abort()', faults: 0 },
  ])('reports a better-sqlite3 that aborts when statements are collected: $binary, $atOnce', async (made) => {
    const { folder } = agentFolder({ ...HEALTHY, 'agent/node_modules/better-sqlite3': '12.11.1' })
    const agent = join(folder, 'node_modules/agent')
    const copy = join(agent, 'node_modules/better-sqlite3')
    mkdirSync(join(copy, 'build/Release'), { recursive: true })
    writeFileSync(join(copy, 'build/Release/better_sqlite3.node'), made.binary)
    // It loads, opens and closes; only statements are its end.
    writeFileSync(join(copy, 'index.js'), `module.exports = class { close() {} prepare() { ${made.atOnce} } }`)
    writeFileSync(join(agent, 'agent.js'), '')
    const { out } = await doctor(['--', process.execPath, join(agent, 'agent.js')])
    expect(out.match(/^ +→ compiled for Node 24.19 .*better-sqlite3@13$/gm) ?? []).toHaveLength(made.faults)
  })
})

describe('goaltrace doctor on drivers', () => {
  const drivers = async (dependencies: Record<string, string>, packages: Record<string, string> = HEALTHY) => {
    const { agent, folder } = agentFolder(packages, dependencies)
    rmSync(join(folder, 'node_modules/better-sqlite3'))
    return await doctor(agent)
  }

  it.skipIf(!hasNodeSqlite())('needs no better-sqlite3 where Node has SQLite', async () => {
    const { out, faults } = await drivers({})
    expect(faults).toEqual([])
    expect(out).toMatch(/^✓ node:sqlite +in Node \d+/m)
    expect(out).not.toContain('better-sqlite3')
  })

  it.each(['sqlite3', 'libsql', '@libsql/client', 'sql.js', '@prisma/client'])(
    'says why %s is not observed: a fault where it keeps the goals',
    async (name) => {
      const line = new RegExp(`^. ${name} +is not observed: \\w+.*$`, 'm')
      const alone = await drivers({ [name]: '1' })
      expect([alone.code, alone.faults]).toEqual([1, [expect.stringMatching(line)]])
      expect(alone.out).toContain('recordGoalChange()')
      const beside = await drivers({ [name]: '1', 'better-sqlite3': '13' })
      expect([beside.faults, beside.out]).toEqual([[], expect.stringMatching(line)])
    },
  )

  it('lists better-sqlite3-multiple-ciphers, and takes it for a driver that keeps goals', async () => {
    const { agent, folder } = agentFolder(HEALTHY, { 'better-sqlite3-multiple-ciphers': '13', 'sql.js': '1' })
    symlinkSync(
      dirname(createRequire(import.meta.url).resolve('better-sqlite3-multiple-ciphers/package.json')),
      join(folder, 'node_modules/better-sqlite3-multiple-ciphers'),
    )
    const { out, faults } = await doctor(agent)
    expect(faults).toEqual([])
    expect(out).toMatch(/^✓ better-sqlite3-multiple-ciphers +13\.\d+\.\d+$/m)
  })

  it('takes Prisma by the adapter of better-sqlite3 for what it is', async () => {
    const { out, faults } = await drivers({ '@prisma/client': '7', '@prisma/adapter-better-sqlite3': '7' })
    expect([faults, out.includes('prisma')]).toEqual([[], false])
  })

  it.skipIf(!hasBun)('finds bun:sqlite where the agent runs in Bun, and asks nothing of better-sqlite3', async () => {
    const { out, faults } = await doctor(['--', BUN, agentFolder(HEALTHY).agent.at(-1) ?? ''])
    expect([faults, out.includes('better-sqlite3')]).toEqual([[], false])
    expect(out).toMatch(/^✓ bun:sqlite +in Bun \d+\.\d+\.\d+$/m)
  })
})

describe('goaltrace doctor on an ORM', () => {
  const KEPT = `tablesFilter: ['!_goaltrace_*']`
  const EXTERNAL = `tables: { external: ['_goaltrace_outbox', '_goaltrace_senders', '_goaltrace_state'] }`
  const SCHEMA = 'datasource db { provider = "sqlite" }'
  it.each<[string, Record<string, string>, RegExp, string | undefined]>([
    ['drizzle-kit', { 'drizzle.config.ts': `dialect: 'sqlite'` }, /push` drops goaltrace's tables/, KEPT],
    ['drizzle-kit', { 'drizzle.config.ts': `dialect: 'sqlite', ${KEPT}` }, /is configured to keep/, undefined],
    ['Prisma', { 'prisma/schema.prisma': SCHEMA }, /db push` drops goaltrace's tables/, EXTERNAL],
    ['Prisma', { 'prisma/schema.prisma': SCHEMA, 'prisma.config.ts': EXTERNAL }, /is configured to keep/, undefined],
    [
      'TypeORM',
      { 'src/data-source.ts': 'dropSchema: true' },
      /dropSchema drops goaltrace's tables/,
      'dropSchema: false',
    ],
    ['Knex', { 'knexfile.js': `client: 'better-sqlite3'` }, /leaves tables alone/, undefined],
  ])('%s %j: %s', async (name, files, found, line) => {
    const { agent, folder } = agentFolder(HEALTHY)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const { out, faults } = await doctor(agent)
    expect(out).toMatch(new RegExp(`^. ${name} +.*${found.source}`, 'm'))
    expect(faults.length).toBe(line === undefined ? 0 : 1)
    if (line !== undefined) expect(out).toContain(`→ ${line.startsWith('tables:') ? 'experimental: ' : line}`)
  })

  it('says nothing of one for another database', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    writeFileSync(join(folder, 'drizzle.config.ts'), `dialect: 'postgresql'`)
    writeFileSync(join(folder, 'src/data-source.ts'), 'synchronize: true')
    const { out } = await doctor(agent)
    expect(out).not.toMatch(/drizzle|TypeORM/)
  })
})

describe('goaltrace doctor on the receiver', () => {
  it.each([
    ['that is down', 'http://127.0.0.1:9', /ECONNREFUSED/],
    ['that refuses', undefined, /does not take events/],
  ])('%s: names it, and the next step', async (_, url, why) => {
    const receiver = await Receiver.start()
    receiver.mood = 400
    const { code, out, faults } = await doctor(agentFolder(HEALTHY).agent, {
      OTEL_EXPORTER_OTLP_ENDPOINT: url ?? receiver.url,
    })
    expect([code, faults]).toEqual([1, [expect.stringMatching(why)]])
    expect(out).toContain('→ start it, as by `goaltrace backend`')
  })

  it.each(['127.0.0.1:4318', 'localhost:4318', 'no address', 'ftp://127.0.0.1'])(
    'whose address cannot be meant, %s: does not say that it answers',
    async (endpoint) => {
      const { out, faults } = await doctor(agentFolder(HEALTHY).agent, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
      expect(faults).toEqual([expect.stringContaining(`${endpoint} is not an address`)])
      expect(out).toContain('→ write it with http:// or https://, such as http://127.0.0.1:4318')
    },
  )

  it.each([' ', '\n'])('whose address has white space behind it, %j: says that it is none', async (space) => {
    const endpoint = `${(await Receiver.start()).url}${space}`
    const { out, faults } = await doctor(agentFolder(HEALTHY).agent, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint })
    expect(faults).toEqual([expect.stringContaining(`${JSON.stringify(endpoint)} is not an address`)])
    expect(out).toContain('→ write it without the white space around it')
  })

  it('that is a web server, whose pages would be taken for its word: says so', async () => {
    const receiver = await Receiver.start()
    receiver.mood = 'nonsense'
    const { out, faults } = await doctor(agentFolder(HEALTHY).agent, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(faults).toEqual([expect.stringContaining(`${receiver.url} answers with something else than OTLP`)])
    expect(out).toContain('→ name the receiver itself')
  })

  it.each([
    [401, '401 Unauthorized', '→ give it what it asks for by OTEL_EXPORTER_OTLP_HEADERS'],
    [404, '404 Not Found', '→ fix its path: OTEL_EXPORTER_OTLP_ENDPOINT ends before /v1/logs'],
    [429, 'it asks to be tried later, by 429, 502, 503 or 504', '→ wait: it is there, but accepts no more just now'],
    [503, 'it asks to be tried later, by 429, 502, 503 or 504', '→ wait: it is there, but accepts no more just now'],
  ] as const)('that answers %s: the next step is not to start it', async (status, said, step) => {
    const receiver = await Receiver.start()
    receiver.mood = status
    const { out, faults } = await doctor(agentFolder(HEALTHY).agent, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(faults).toEqual([expect.stringContaining(`does not take events: ${said}`)])
    expect(out).toContain(step)
  })
})

describe('goaltrace doctor on a receiver that has no place for', () => {
  it.each([
    [
      '/v1/logs',
      405,
      /^✗ receiver +\S+ does not take events: 405 Method Not Allowed$/,
      '→ name a receiver of log records by',
    ],
    ['/v1/traces', 415, /^✗ spans +\S+\/v1\/traces does not take them: 415 \D+$/, 'or set OTEL_TRACES_EXPORTER=none'],
    [
      '/v1/metrics',
      501,
      /^✗ metrics +\S+\/v1\/metrics does not take them: 501 \D+$/,
      'or set OTEL_METRICS_EXPORTER=none',
    ],
  ])('%s (%s): names what it refuses, and the next step', async (refused, status, fault, next) => {
    const receiver = await Receiver.start()
    receiver.refuses = (path) => (path === refused ? status : undefined)
    const { out, faults } = await doctor(agentFolder(HEALTHY).agent, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
    expect(faults).toEqual([expect.stringMatching(fault)])
    expect(out).toContain(next)
    expect(out.match(/^✓ (?:receiver|spans|metrics) /gm)).toHaveLength(2)
  })
})

describe('goaltrace doctor on a table that nothing maps', () => {
  const SCHEMA = `CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT, status TEXT NOT NULL
      CHECK (status IN ('active', 'completed', 'cancelled')), deleted_at TEXT);
    CREATE TABLE goal_usage (goal_id TEXT, tokens INTEGER, at TEXT); CREATE INDEX by_goal ON goal_usage (goal_id)`

  it('prints a mapping, with which it finds no fault', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const file = database(SCHEMA)
    const { code, out, faults } = await doctor([file, ...agent])
    expect([code, faults]).toEqual([1, [expect.stringMatching(/^✗ goals +looks like a table of goals/)]])
    const config = out.slice(out.indexOf('\n{'))
    expect(JSON.parse(config)).toEqual({
      tables: [
        {
          table: 'goals',
          columns: { goalId: 'id', status: 'status', objective: 'title', deletedAt: 'deleted_at' },
          statuses: expect.objectContaining({ active: 'active', completed: 'complete', cancelled: 'cleared' }),
          usage: { table: 'goal_usage', goalId: 'goal_id', tokens: 'tokens' },
        },
      ],
    })
    const path = join(folder, 'goals.json')
    writeFileSync(path, config)
    const fixed = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect([fixed.code, fixed.faults]).toEqual([0, []])
    expect(fixed.out).toMatch(/^✓ goals +0 goals$/m)
  })

  it.each([
    ['CREATE TABLE other (x)', /^✗ used +is not there$/],
    ['CREATE TABLE used (goal, spent)', /^✗ used +has no column tokens$/],
    ['CREATE TABLE used (goal, tokens)', /^✗ used +has no index on goal: every insert scans/],
    ['CREATE TABLE used (goal, tokens, PRIMARY KEY (tokens, goal))', /^✗ used +has no index on goal/],
    ['CREATE TABLE used (goal, tokens); CREATE INDEX by_goal ON used (goal)', undefined],
    ['CREATE TABLE used (goal, at, tokens, PRIMARY KEY (goal, at)) WITHOUT ROWID', undefined],
  ])('looks at the table of usage: %s', async (schema, fault) => {
    const file = database(`CREATE TABLE goals (id, status CHECK (status IN ('active'))); ${schema}`)
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    const usage = { table: 'used', goalId: 'goal', tokens: 'tokens' }
    const tables = [{ table: 'goals', columns: { goalId: 'id', status: 'status' }, usage }]
    writeFileSync(path, JSON.stringify({ tables }))
    const { faults, code } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect(faults).toEqual(fault ? [expect.stringMatching(fault)] : [])
    expect(code).toBe(fault ? 1 : 0)
  })

  it('and that is not named after goals: proposes what is most like them, as a guess', async () => {
    const file = database(`CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT);
      CREATE TABLE agent_runs (id TEXT PRIMARY KEY, prompt TEXT, status TEXT, tokens_used INTEGER);
      INSERT INTO agent_runs VALUES ('o', 'Tidy up', 'ripe', 0);
      CREATE TABLE checkpoints (id INTEGER PRIMARY KEY, state TEXT);
      INSERT INTO checkpoints (state) VALUES ('{"messages":[]}');
      CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)`)
    const { agent, folder } = agentFolder(HEALTHY)
    const { out, faults } = await doctor([file, ...agent])
    expect(faults).toEqual([expect.stringMatching(/^✗ agent_runs +looks like a table of goals, and is not mapped/)])
    expect(out).toContain('It is a guess: these tables have an id and a status, and only you know which of them hold')
    expect(out).toContain('agent_runs: "ripe"')
    expect(out).toContain('Left out, as they look less like goals: jobs')
    const columns = { goalId: 'id', status: 'status', objective: 'prompt', tokensUsed: 'tokens_used' }
    const { tables } = JSON.parse(out.slice(out.indexOf('\n{')))
    expect(tables).toEqual([expect.objectContaining({ table: 'agent_runs', columns })])
    const path = join(folder, 'goals.json')
    const mapping = { columns: { goalId: 'id', status: 'status' }, statuses: { ripe: 'active' } }
    writeFileSync(path, JSON.stringify({ tables: [{ table: 'agent_runs', ...mapping }] }))
    const mapped = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect([mapped.faults, mapped.out.includes('guess')]).toEqual([[], false])
  })

  it('writes "?" for a word that it does not know, which then counts as not mapped', async () => {
    const file = database(`CREATE TABLE goals (id INTEGER PRIMARY KEY, state); INSERT INTO goals VALUES (1, 'ripe')`)
    const { agent, folder } = agentFolder(HEALTHY)
    const { out } = await doctor([file, ...agent])
    expect(out).toContain('Only you can say what these statuses mean; replace "?" in the file')
    expect(JSON.parse(out.slice(out.indexOf('\n{'))).tables[0].statuses).toMatchObject({ ripe: '?', done: 'complete' })
    const path = join(folder, 'goals.json')
    writeFileSync(path, out.slice(out.indexOf('\n{')))
    const { faults, out: advice } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect(faults).toEqual([expect.stringMatching(/^✗ goals +has statuses that are not mapped$/)])
    expect(advice).toContain('→ add "ripe" to its statuses; until then changes to it are not reported')
  })

  it('names what it leaves out', async () => {
    const file =
      database(`CREATE TABLE goals (id TEXT PRIMARY KEY, title TEXT, status TEXT, duration_ms INTEGER, input_tokens INTEGER);
      CREATE TABLE tasks (id TEXT PRIMARY KEY, goal_id TEXT REFERENCES goals (id), status TEXT)`)
    const { out } = await doctor([file, ...agentFolder(HEALTHY).agent])
    expect(out).toContain('Left out: goals.duration_ms: not in seconds')
    expect(out).toContain('Left out: goals.input_tokens: a part of the tokens')
    expect(out).toContain('Left out: tasks: its rows belong to those of goals')
    expect(JSON.parse(out.slice(out.indexOf('\n{'))).tables).toHaveLength(1)
  })
})

describe('goaltrace doctor', () => {
  it.each([
    [{ tables: [{ table: 'goals' }] }, /^✗ mapping +\S+: tables\[0\]\.columns is missing; expected an object/m],
    [
      { tables: [{ table: 'goals', columns: { goalId: 'id', status: 'state', tokensUsed: 'spent' } }] },
      /^✗ goals +has no column spent\n +→ name the column that is its tokensUsed, or leave it out$/m,
    ],
  ])('names the mistake in a mapping: %j', async (config, sentence) => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    writeFileSync(path, JSON.stringify(config))
    const file = database('CREATE TABLE goals (id INTEGER PRIMARY KEY, state)')
    const { code, out } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect(code).toBe(1)
    expect(out).toMatch(sentence)
  })

  it.each([
    ['thread_id, goal_id, status', undefined],
    [
      'thread_id, goal_id',
      /✗ thread_goals +has no column status\n +→ name the column that is its status in goaltrace\.config/,
    ],
  ])('takes thread_goals(%s), without a config, as register does', async (columns, fault) => {
    const file = database(`CREATE TABLE thread_goals (${columns})`)
    const { out, faults } = await doctor([file, ...agentFolder(HEALTHY).agent])
    expect(faults.length).toBe(fault ? 1 : 0)
    expect(out).toMatch(fault ?? /^✓ thread_goals +0 goals$/m)
  })

  it.each([
    ['0), (1', /^✓ goals +2 goals$/m],
    [`'2026-01-01'`, /^✓ goals +1 goal, all of them gone: gone is set in each$/m],
    [`NULL), ('2026-01-01'`, /^✓ goals +2 goals$/m],
  ])('says so where every goal is gone by what is mapped as deletedAt: %s', async (rows, sentence) => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    const columns = { goalId: 'id', status: 'status', deletedAt: 'gone' }
    writeFileSync(path, JSON.stringify({ tables: [{ table: 'goals', columns }] }))
    const file = database(`CREATE TABLE goals (id INTEGER PRIMARY KEY, status DEFAULT 'active', gone);
      INSERT INTO goals (gone) VALUES (${rows})`)
    const { out } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect(out).toMatch(sentence)
  })

  it('finds no fault in tables that are mapped and in another file', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    const columns = { goalId: 'id', status: 'status' }
    writeFileSync(path, JSON.stringify({ tables: ['goals', 'plans'].map((table) => ({ table, columns })) }))
    for (const [table, other] of [
      ['goals', 'plans'],
      ['plans', 'goals'],
    ]) {
      const { code, out } = await doctor([database(`CREATE TABLE ${table} (id, status)`), ...agent], {
        GOALTRACE_CONFIG: path,
      })
      expect(out).toMatch(new RegExp(`^✓ ${other} +is not in \\S+goals\\.db$`, 'm'))
      expect(code).toBe(0)
    }
  })

  it('reports a mistyped table, alone and beside a right one, and which tables there are', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    const file = database('CREATE TABLE objectives (id, status); CREATE TABLE tasks (id, status)')
    const columns = { goalId: 'id', status: 'status' }
    for (const names of [['objectivs'], ['objectivs', 'tasks']]) {
      writeFileSync(path, JSON.stringify({ tables: names.map((table) => ({ table, columns })) }))
      const { faults, out } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
      expect(faults).toEqual([expect.stringMatching(/^✗ objectivs +is not in \S+goals\.db$/)])
      expect(out).toMatch(/^ +→ tables there: objectives, tasks$/m)
    }
  })

  it('lists no more tables than help in place of a mistyped one', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    const tables = [{ table: 'objectivs', columns: { goalId: 'id', status: 'status' } }]
    writeFileSync(path, JSON.stringify({ tables }))
    const file = database(Array.from({ length: 12 }, (_, n) => `CREATE TABLE t${n + 10} (x);`).join(''))
    const { out } = await doctor([file, ...agent], { GOALTRACE_CONFIG: path })
    expect(out).toMatch(/→ tables there: t10, .*, t19 and 2 more$/m)
  })

  it('says nothing of missing goals where the config is broken', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    writeFileSync(path, '{ broken')
    const { faults } = await doctor([database('CREATE TABLE tasks (id)'), ...agent], { GOALTRACE_CONFIG: path })
    expect(faults).toEqual([expect.stringMatching(/^✗ mapping /)])
  })

  it('does not take a config that maps no table for a mapping', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const path = join(folder, 'goals.json')
    writeFileSync(path, JSON.stringify({ tables: [] }))
    const { faults, out } = await doctor(agent, { GOALTRACE_CONFIG: path })
    expect(faults).toEqual([expect.stringMatching(/^✗ mapping +\S+goals\.json maps no table, so nothing is observed$/)])
    expect(out).toContain("→ map the tables that hold goals, or leave `tables` out for Codex's thread_goals")
  })

  it('says so where there is no file, no database, no goal', async () => {
    const { agent, folder } = agentFolder(HEALTHY)
    const text = join(folder, 'text.db')
    writeFileSync(text, 'This is no database. '.repeat(100))
    const sentences = [
      [join(folder, 'none.db'), /✗ database +there is no file/],
      [text, /✗ database +\S+ cannot be read: file is not a database/],
      [database('CREATE TABLE tasks (id)'), /✗ goal table +none in/],
    ] as const
    for (const [file, sentence] of sentences) {
      expect((await doctor([file, ...agent])).faults).toEqual([expect.stringMatching(sentence)])
    }
  })

  it.each([[['a.db', 'b.db']], [['a.db', '--']]])('asks for what it understands: %j', async (args) => {
    const { code, err } = await goaltrace(['doctor', ...args]).ended
    expect([code, err]).toEqual([2, expect.stringContaining('Give one file at most')])
  })
})
