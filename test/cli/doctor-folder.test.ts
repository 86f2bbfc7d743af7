import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { parsedConfiguration } from '../../src/mapping/config-file.ts'
import { changesIn, eventsOf } from '../files/folded.ts'
import { linesOf } from '../files/preset-samples.ts'
import { Receiver } from '../receiver.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

async function doctor(files: Readonly<Record<string, string>>) {
  const folder = scratchFolder()
  const receiver = await Receiver.start()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const env = { HOME: folder, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, GOALTRACE_STATE_DIR: join(folder, 'state') }
  const { out } = await goaltrace(['doctor', '.'], env, folder).ended
  const json = out.indexOf('{\n')
  const config = json < 0 ? undefined : parsedConfiguration('goaltrace.config.json', out.slice(json))
  return { out, files: config?.files ?? [] }
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

it('doctor recognizes what an agent writes in a folder of its own choice, and maps that alone', async () => {
  const { files } = await doctor({ 'moved/session.jsonl': linesOf('pi-nijaru').join('\n') })
  expect(files).toMatchObject([{ path: [expect.stringContaining('moved/session.jsonl')], lineId: 'id' }])
  const told = eventsOf(
    changesIn(
      files[0] as never,
      linesOf('pi-nijaru').map((line) => JSON.parse(line)),
    ),
  )
  expect(told.map(({ kind }) => kind)).toContain('cleared')
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
