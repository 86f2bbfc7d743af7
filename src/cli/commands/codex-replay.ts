import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { type CodexGoalRecord, codexGoalRecords } from '../../codex/codex-goal-record.ts'
import { recordedChanges } from '../../codex/codex-recording.ts'
import { transcriptChanges } from '../../codex/transcript.ts'
import { type Command, Failure, parseOne } from '../lib/command.ts'
import { eventLine, heading } from '../terminal/event-line.ts'
import { printableJson } from '../terminal/printable.ts'

const HELP = `goaltrace codex replay: prints the goal events of a recording of Codex

  goaltrace codex replay FOLDER [--json]
  goaltrace codex replay TRANSCRIPT.jsonl [--json]

  FOLDER             what Codex wrote to its disk: rows.jsonl with each change of a goal's row, and the threads' rollout-*.jsonl
  TRANSCRIPT.jsonl   the messages between a client and \`codex app-server\`, a line each
  --json             one codex_goal_event a line, and nothing else

  {"at":"2026-11-28T19:27:31.233Z","old":null,"new":{"thread_id":"t1","goal_id":"g1","status":"active",…}}   in rows.jsonl
  {"at_ms":398,"dir":"in","msg":{"method":"thread/goal/updated","params":{…}}}                               in a transcript

Nothing is sent. What neither says, such as the version of the client, is null or "unknown" in the events.
`

const ROWS = 'rows.jsonl'

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, operand: path } = parseOne(
      'codex',
      args,
      { json: { type: 'boolean' } },
      'Give one recording, a folder or a transcript: `goaltrace codex replay --help` shows both.',
    )
    const records = replay(path)
    if (values.json) for (const { payload } of records) write(printableJson(JSON.stringify(payload)))
    else write([heading(' #'), ...records.map(line)].join('\n'))
    return 0
  },
}

function replay(path: string): CodexGoalRecord[] {
  try {
    if (statSync(path).isDirectory())
      return recordedChanges(readFolder(path), join(path, ROWS)).flatMap((goal) => codexGoalRecords(goal))
    const { changes, machine } = transcriptChanges(readFileSync(path, 'utf8'), path)
    return changes.flatMap((goal) => codexGoalRecords(goal, machine))
  } catch (error) {
    const what = error instanceof SyntaxError ? error.message : `${path} cannot be read: ${(error as Error).message}`
    throw new Failure(`${what}: \`goaltrace codex replay --help\` shows what a recording is.`)
  }
}

function readFolder(folder: string) {
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  const rollouts = readdirSync(folder).filter((name) => /^rollout-.*\.jsonl$/.test(name))
  return { rows: read(ROWS), rollouts: rollouts.map(read) }
}

function line({ kind, attributes }: CodexGoalRecord, index: number): string {
  return eventLine(String(index + 1).padStart(2), { kind, attributes })
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
