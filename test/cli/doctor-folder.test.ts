import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { parsedConfiguration } from '../../src/mapping/config-file.ts'
import { changesIn, eventsOf } from '../files/folded.ts'
import { linesOf } from '../files/preset-samples.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

async function doctor(files: Readonly<Record<string, string>>, args = ['.']) {
  const folder = scratchFolder()
  const receiver = await Receiver.start()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const env = { HOME: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, GOALTRACE_STATE_DIR: join(folder, 'state') }
  const { code, out } = await goaltrace(['doctor', ...args], env, folder).ended
  const json = out.indexOf('{\n')
  const config = json < 0 ? undefined : parsedConfiguration('goaltrace.config.json', out.slice(json))
  return { code, out, files: config?.files ?? [] }
}

const GOAL = (status: string, tokens: number) =>
  JSON.stringify({
    ...{ type: 'task.state', id: `line-${tokens}`, timestamp: '2027-02-01T09:00:00.000Z' },
    payload: { task: { task_id: 'g-1', mission: 'HERON', status, usage: { total_tokens: tokens } } },
  })

it('doctor names the preset that follows the files of a folder', async () => {
  const { out, files } = await doctor({
    '.opencode/goals/state.json': linesOf('opencode-mcrescenzo')[2] as string,
    'package.json': '{"name":"a","description":"b","status":"active"}',
  })
  expect(out).toContain('one file of opencode: goaltrace watch --preset opencode')
  expect(files).toEqual([])
})

it('doctor finds the goals of files that begin with a byte order mark, as the watch does', async () => {
  const header = JSON.stringify({ type: 'session', id: 's-1' })
  const { out, files } = await doctor({
    '.opencode/goals/state.json': `\uFEFF${linesOf('opencode-mcrescenzo')[2]}`,
    'log.jsonl': `\uFEFF${header}\n${GOAL('in_progress', 0)}\n`,
  })
  expect(out).toContain('one file of opencode: goaltrace watch --preset opencode')
  expect(files).toMatchObject([{ read: 'lines', thread: { line: { type: 'session' }, at: 'id' } }])
})

it('doctor recognizes what an agent writes in a folder of its own choice, and maps that alone', async () => {
  const { files } = await doctor({ 'moved/session.jsonl': linesOf('pi-nijaru').join('\n') })
  expect(files).toMatchObject([{ path: [expect.stringMatching(/moved\/\*\.jsonl$/)], lineId: 'id' }])
  const events = eventsOf(
    changesIn(
      files[0] as never,
      linesOf('pi-nijaru').map((line) => JSON.parse(line)),
    ),
  )
  expect(events.map(({ kind }) => kind)).toContain('cleared')
  expect(files[0]?.goals).toHaveLength(1)
})

it('doctor proposes a mapping for goals in files that it does not know', async () => {
  const log = [JSON.stringify({ type: 'session', id: 's-1' }), GOAL('in_progress', 0), GOAL('succeeded', 250)]
  const document = { tasks: { 'task-1001': { id: 'task-1001', title: 'HERON', state: 'done', session_id: 's-2' } } }
  const { out, files } = await doctor({ 'log.jsonl': `${log.join('\n')}\n`, 'state.json': JSON.stringify(document) })
  expect(out).not.toContain('HERON')
  const [lines, whole] = ['lines', 'whole'].map((read) => files.find((one) => one.read === read))
  expect(
    eventsOf(
      changesIn(
        lines as never,
        log.map((line) => JSON.parse(line)),
      ),
    ),
  ).toEqual([
    { kind: 'created', goal: 'g-1', thread: 's-1', status: 'active', tokens: 0, seconds: null },
    { kind: 'usage_accounted', goal: 'g-1', thread: 's-1', status: 'complete', tokens: 250, seconds: null },
    { kind: 'status_changed', goal: 'g-1', thread: 's-1', status: 'complete', tokens: 250, seconds: null },
  ])
  expect(eventsOf(changesIn(whole as never, [{}, document]))).toEqual([
    { kind: 'created', goal: 'task-1001', thread: 's-2', status: 'complete', tokens: null, seconds: null },
  ])
})

it('doctor says where there is no goal in a folder', async () => {
  const { out } = await doctor({ 'a.json': '{"status":"active","id":"x"}', 'b.json': '{', 'c.jsonl': '[]\n\u0000\n' })
  expect(out).toContain('no goal in the JSON files of')
})

it('doctor finds no fault where files are followed and no package of OpenTelemetry is installed', async () => {
  const { code, out } = await doctor({ '.opencode/goals/state.json': linesOf('opencode-mcrescenzo')[2] as string })
  expect([code, out.includes('OpenTelemetry API')]).toEqual([0, false])
})

it('doctor proposes one mapping for all logs that are alike, with a glob that names them, and says how many there are', async () => {
  const log = (status: string) => `${JSON.stringify({ type: 'session', id: 's-1' })}\n${GOAL(status, 0)}\n`
  const { out, files } = await doctor({
    'logs/a.jsonl': log('succeeded'),
    'logs/b.jsonl': log('in_progress'),
    'logs/x/c.jsonl': log('blocked'),
  })
  expect(out).toMatch(/^✓ files +3 files \(logs\/\*\*\/\*\.jsonl\) seem to hold goals; a mapping is below$/m)
  expect(files).toMatchObject([
    {
      path: [expect.stringMatching(/\/logs\/\*\*\/\*\.jsonl$/)],
      goals: [{ statuses: { succeeded: 'complete', in_progress: 'active', blocked: 'blocked' } }],
    },
  ])
})

it('doctor checks the files of goaltrace.config.json: how many there are, and in how many of them goals are', async () => {
  const entry = (path: string, status = 'status') => ({
    ...{ path: [path], read: 'lines', thread: { file: 'name' } },
    goals: [{ records: [{ where: {} }], fields: { goalId: 'id', status } }],
  })
  const entries = [
    entry('logs/*.jsonl'),
    entry('none/*.jsonl'),
    entry('$MY_HOME/*.jsonl'),
    entry('logs/*.jsonl', 'phase'),
  ]
  const { code, out } = await doctor(
    {
      'goaltrace.config.json': JSON.stringify({ files: entries }),
      'logs/a.jsonl': '{"id":"g","status":"active"}\n',
      'logs/b.jsonl': '{"other":1}\n',
    },
    [],
  )
  expect(code).toBe(1)
  expect(out).not.toContain("Codex's thread_goals")
  expect(out).toMatch(/^✓ mapping +goaltrace\.config\.json: files, and no tables$/m)
  expect(out).toMatch(/^✓ files\[0\] +2 files for logs\/\*\.jsonl, goals in 1$/m)
  expect(out).toMatch(/^✓ files\[1\] +no file yet for none\/\*\.jsonl$/m)
  expect(out).toMatch(/^✗ files\[2\] +nothing is left of its path \$MY_HOME\/\*\.jsonl\n +→ set \$MY_HOME, or add/m)
  expect(out).toMatch(
    /^✗ files\[3\] +2 files for logs\/\*\.jsonl, without a goal by this mapping\n +→ if they hold goals/m,
  )
})
