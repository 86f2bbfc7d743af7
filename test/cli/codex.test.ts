import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { goldenParams } from '../goal/golden.ts'
import { goaltrace, scratchFolder } from './goaltrace.ts'

const DISK = fileURLToPath(new URL('../recordings/disk/tool-create-usage-turnstop', import.meta.url))
const TRANSCRIPT = fileURLToPath(new URL('../recordings/transcripts/tool-update-blocked.jsonl', import.meta.url))

describe('goaltrace codex replay', () => {
  it('shows a line for each event of a folder', async () => {
    const { code, out, err } = await goaltrace(['codex', 'replay', DISK]).ended
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^ 1 {2}.* created +active/m)
    expect(out.trimEnd().split('\n')).toHaveLength(1 + goldenParams(join(DISK, 'golden.json')).length)
  })

  it('--json prints the payloads of a transcript, and nothing else', async () => {
    const { code, out, err } = await goaltrace(['codex', 'replay', TRANSCRIPT, '--json']).ended
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect([code, err]).toEqual([0, ''])
    const kinds = events.map(({ event_params }) => event_params.event_kind)
    expect(kinds).toEqual(['created', 'status_changed'])
    expect(events[0].event_params.app_server_client).toMatchObject({
      client_version: '9.9.9',
      rpc_transport: 'unknown',
    })
  })

  it('names the line that is not of a recording, and quotes none of it', async () => {
    const folder = scratchFolder()
    mkdirSync(join(folder, 'recording'))
    writeFileSync(join(folder, 'recording', 'rows.jsonl'), '\nSECRET\n')
    const { code, out, err } = await goaltrace(['codex', 'replay', join(folder, 'recording')]).ended
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('rows.jsonl:2: the line is not JSON')
    expect(err).not.toContain('SECRET')
  })

  it.each([
    [['codex'], 0, /^goaltrace codex: /],
    [['codex', 'replay', '--help'], 0, /^goaltrace codex replay: /],
    [['codex', 'relay'], 2, /There is no "relay" of codex: `goaltrace help codex`/],
    [['codex', 'replay'], 2, /Give one recording/],
    [['codex', 'replay', 'nowhere'], 1, /nowhere cannot be read: /],
    [['codex', 'replay', '.'], 1, /rows\.jsonl.*`goaltrace codex replay --help`/],
  ])('%j ends with code %i and a sentence', async (args, expected, sentence) => {
    const { code, out, err } = await goaltrace(args).ended
    expect([code, `${out}${err}`.replace(/^goaltrace: /, '')]).toEqual([expected, expect.stringMatching(sentence)])
  })
})
