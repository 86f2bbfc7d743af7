import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { PRESETS } from '../../src/files/presets.ts'
import { changesIn, eventsOf } from '../files/folded.ts'
import { linesOf, mappingsFor, SAMPLES } from '../files/preset-samples.ts'
import { Receiver } from '../receiver.ts'
import { scratchFolder } from './goaltrace.ts'
import { watching } from './watching.ts'

/** Every text in the samples that is content begins with it. */
const MARK = 'HERON'

it.each([
  ['nothing of what the agents were told or said', {}, []],
  [
    'objectives and reasons where they are captured, and no message',
    { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' },
    ['agent_goal.objective', 'agent_goal.status_reason', 'input.value', 'output.value'],
  ],
])(
  'the presets let out %s',
  async (_, env, allowed) => {
    const folder = scratchFolder()
    const receiver = await Receiver.start()
    const presets = PRESETS.flatMap(({ name }) => ['--preset', name])
    const running = await watching(presets, folder, receiver, env)
    let count = 0
    for (const [n, [name, { path, events }]] of SAMPLES.entries()) {
      const [only] = mappingsFor(path)
      const file = join(folder, path.replace('~/', '').replace(/(?<=--w-fence--\/)(?=\d)/, `${n}-`))
      if (only?.files.read === 'lines') {
        write(file, `${linesOf(name).join('\n')}\n`)
        count += events.length
        await arrived(receiver, count)
        continue
      }
      // A document is gone in the end: two agents call theirs the same.
      const versions = [...linesOf(name).map((line) => JSON.parse(line)), null]
      for (const [at, version] of versions.entries()) {
        if (version === null) rmSync(file, { force: true })
        else write(file, JSON.stringify(version))
        const reported = only ? eventsOf(changesIn(only.files, versions.slice(0, at + 1))).length : 0
        await arrived(receiver, count + reported)
        if (at === versions.length - 1) count += reported
      }
    }
    const { code, out, err } = await running.end()
    expect({ code, err }).toEqual({ code: 0, err: '' })

    expect(out).not.toContain(MARK)
    const { spans, metrics } = receiver
    expect(JSON.stringify(metrics)).not.toContain(MARK)
    const names = new Set<string>()
    for (const { attributes, resource } of [...receiver.logs, ...spans]) {
      expect(JSON.stringify(resource)).not.toContain(MARK)
      for (const [name, value] of Object.entries(attributes)) if (String(value).includes(MARK)) names.add(name)
    }
    expect([...names].sort()).toEqual(allowed)
    const texts = [...receiver.logs, ...spans].flatMap(({ attributes }) => Object.values(attributes).map(String))
    expect(texts.filter((text) => /HERON (?:text|prompt|is painted|detail|log|note|criterion|sub)/.test(text))).toEqual(
      [],
    )
    if (allowed.length > 0) return
    for (const file of readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(MARK)).toBe(false)
    }
  },
  120_000,
)

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.1.tmp`, text)
  renameSync(`${path}.1.tmp`, path)
}

async function arrived(receiver: Receiver, count: number): Promise<void> {
  await expect.poll(() => receiver.logs.length, { timeout: 50_000 }).toBe(count)
}
