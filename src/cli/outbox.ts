import { existsSync } from 'node:fs'
import process from 'node:process'
import { styleText } from 'node:util'
import { goalEvents } from '../event/goal-event.ts'
import { goalAttributes, recordAttributes } from '../event/log-record.ts'
import type { DeadLetter } from '../outbox/acknowledgement.ts'
import { DrainLock } from '../outbox/drain-lock.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { stateFile } from '../outbox/outbox-file.ts'
import { decodeRows } from '../outbox/outbox-row.ts'
import { OUTBOX, type OutboxRow } from '../outbox/outbox-table.ts'
import { eventUid } from '../outbox/uid.ts'
import { type Command, parse, UsageError } from './command.ts'
import { eventLine, heading, type ShownEvent } from './event-line.ts'
import { deadLettersOf, type FileOutbox, findOutbox, markOf, open } from './outbox-of-file.ts'
import { printable, printableJson } from './printable.ts'

const HELP = `goaltrace outbox: tells what waits in an agent's database

  goaltrace outbox FILE [--json]

  FILE     the SQLite database in which the agent keeps its goals; it is only read
  --json   the same as one JSON object

\`goaltrace relay FILE\` delivers it.
`

/** Rows whose events are shown. */
const NEXT_ROWS = 5

interface WaitingEvent extends ShownEvent {
  readonly uid: string
  /** ISO 8601. */
  readonly at: string
}

interface Told {
  readonly file: string
  readonly waiting: number
  /** When the oldest change that waits was made, ISO 8601. */
  readonly since: string | null
  readonly next: readonly WaitingEvent[]
  readonly mark: { readonly file: string; readonly seq: number }
  readonly lock: { readonly file: string; readonly held: boolean }
  /** What the receiver has refused for good. */
  readonly refused: readonly DeadLetter[]
}

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = parse('outbox', args, {
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [file, ...more] = positionals
    if (file === undefined || more.length > 0) {
      throw new UsageError("Give one file, an agent's database: `goaltrace outbox goals.db`.")
    }
    const told = tell(findOutbox(file))
    process.stdout.write(values.json ? `${printableJson(JSON.stringify(told))}\n` : print(told))
    return 0
  },
}

function tell(found: FileOutbox): Told {
  const { path, outbox } = found
  const { seq } = markOf(found)
  const next = waitingEvents(outbox.read(seq, NEXT_ROWS), outbox)
  return {
    file: path,
    waiting: outbox.waiting(seq).count,
    since: next[0]?.at ?? null,
    next,
    mark: { file: stateFile(path, 'ack'), seq },
    lock: { file: stateFile(path, 'lock'), held: isHeld(path) },
    refused: deadLettersOf(found),
  }
}

/** As they will be told. */
function waitingEvents(rows: readonly OutboxRow[], outbox: Outbox): WaitingEvent[] {
  return decodeRows(rows, (id) => outbox.sender(id)).flatMap(({ change, sender, changes }) => {
    const service = String(sender.resource['service.name'])
    return changes.flatMap(goalEvents).map((event, index) => ({
      uid: eventUid(change.uid, index),
      at: new Date(change.atMs).toISOString(),
      kind: event.kind,
      attributes: recordAttributes(event, goalAttributes(event, change.known), service),
    }))
  })
}

function isHeld(path: string): boolean {
  if (!existsSync(stateFile(path, 'lock'))) return false
  const lock = new DrainLock(path, open)
  const free = lock.tryAcquire()
  lock.release()
  return !free
}

function print({ file, waiting, since, next, mark, lock, refused }: Told): string {
  const what = waiting === 0 ? 'nothing waits' : waiting === 1 ? '1 change waits' : `${waiting} changes wait`
  const facts = [
    `${styleText('bold', file)}: ${what}${since === null ? '' : `, since ${clock(since)}`}`,
    '',
    `  outbox  table ${OUTBOX} in it`,
    `  mark    ${mark.file}: ${mark.seq === 0 ? 'nothing delivered yet' : `delivered up to ${mark.seq}`}`,
    `  lock    ${lock.file}: ${lock.held ? 'somebody delivers now' : 'nobody delivers now'}`,
    ...refused.map(({ uid, reason }) => `  ${styleText('red', 'refused')} ${printable(uid)}: ${printable(reason)}`),
    '',
  ]
  if (waiting === 0) return facts.join('\n')
  const lines = next.map((event) => eventLine(clock(event.at), event))
  const more = waiting > NEXT_ROWS ? ['…'] : []
  const hint = ['', `\`goaltrace relay ${file} --once\` delivers ${waiting === 1 ? 'it' : 'them'}.`, '']
  return [...facts, heading('at'.padEnd(19)), ...lines, ...more, ...hint].join('\n')
}

/** To the second, in the machine's time. */
function clock(iso: string): string {
  const date = new Date(iso)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}
