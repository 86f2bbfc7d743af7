import { existsSync } from 'node:fs'
import process from 'node:process'
import { styleText } from 'node:util'
import { counted } from '../../base/counted.ts'
import { quotedText } from '../../base/quoted.ts'
import { realPath } from '../../base/real-path.ts'
import { shellWord } from '../../base/shell-word.ts'
import type { DeadLetter } from '../../outbox/checkpoint-store.ts'
import type { UnreadableRow } from '../../outbox/decode-row.ts'
import { DrainLock } from '../../outbox/drain-lock.ts'
import { stateFile } from '../../outbox/outbox-file.ts'
import { OUTBOX } from '../../outbox/outbox-table.ts'
import { type Command, parse } from '../lib/command.ts'
import { checkpointOf, deadLettersOf, type FileOutbox, open } from '../lib/outbox-of-file.ts'
import { type PendingChanges, pendingChanges } from '../lib/pending-changes.ts'
import { outboxOf, outboxOfState, refuseBoth, statesOfConfiguration, statesOfPreset } from '../lib/watched-state.ts'
import { eventLine, heading } from '../terminal/event-line.ts'
import { printable, printableJson } from '../terminal/printable.ts'

const HELP = `goaltrace outbox: shows what is pending of an agent

  goaltrace outbox FILE [--json]
  goaltrace outbox --preset NAME [--json]

  FILE       the SQLite database in which the agent keeps its goals, which is only read; or goaltrace.config.json, for its files
  --preset   what \`goaltrace watch --preset NAME\` has found; of a project, start it there
  --json     the same as one JSON object, of a preset or goaltrace.config.json as a list of them

\`goaltrace relay FILE\` delivers it; what a watch has found is delivered by the watch.
`

/** How many unreadable rows are listed with their reason. */
const NAMED = 5

interface OutboxFacts extends PendingChanges {
  readonly file: string
  readonly waiting: number
  /** When the oldest pending change was made, ISO 8601. */
  readonly since: string | null
  readonly mark: { readonly file: string; readonly seq: number }
  readonly lock: { readonly file: string; readonly held: boolean }
  /** What the receiver has refused for good, and rows that could not be read. */
  readonly refused: readonly DeadLetter[]
}

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = parse('outbox', args, {
      options: { json: { type: 'boolean' }, preset: { type: 'string' } },
      allowPositionals: true,
    })
    const { preset, json } = values
    refuseBoth('outbox', positionals, preset)
    const [file = ''] = positionals
    const watched = preset === undefined ? statesOfConfiguration(file) : statesOfPreset(preset)
    if (watched === undefined) {
      const found = outboxOf(file)
      const facts = { ...factsOf(found), file: realPath(file) }
      write(json ? jsonLine(facts) : print(facts, found.path, `relay ${shellWord(file)} --once`))
      return 0
    }
    const all = watched.states.flatMap((state) => {
      const found = outboxOfState(state)
      return found ? [{ path: found.path, facts: { ...factsOf(found), file: state.name } }] : []
    })
    if (json) write(jsonLine(all.map(({ facts }) => facts)))
    else if (all.length === 0) write(`Nothing was found by \`goaltrace ${watched.watch}\` yet.\n`)
    else write(all.map(({ facts, path }) => print(facts, path, watched.watch)).join('\n'))
    return 0
  },
}

function write(text: string): void {
  process.stdout.write(text)
}

function jsonLine(value: unknown): string {
  return `${printableJson(JSON.stringify(value))}\n`
}

function factsOf(found: FileOutbox): OutboxFacts {
  const { path, outbox } = found
  const { seq } = checkpointOf(found)
  const changes = pendingChanges(outbox, seq)
  return {
    file: path,
    waiting: outbox.waiting(seq).count,
    since: changes.next[0]?.at ?? null,
    ...changes,
    mark: { file: stateFile(path, 'checkpoint'), seq },
    lock: { file: stateFile(path, 'lock'), held: isHeld(path) },
    refused: deadLettersOf(found),
  }
}

function isHeld(path: string): boolean {
  if (!existsSync(stateFile(path, 'lock'))) return false
  const lock = new DrainLock(path, open)
  const free = lock.tryAcquire()
  lock.release()
  return !free
}

/** @param by The command that delivers what is pending. */
function print(found: OutboxFacts, path: string, by: string): string {
  const { file, waiting, events, since, next, unreadable, lost, unmapped, mark, lock, refused } = found
  const changes =
    waiting === 0 ? 'nothing is pending' : waiting === 1 ? '1 change is pending' : `${waiting} changes are pending`
  // One that gives a goal another id is two events; one to a word that nothing maps is none.
  const what = events === waiting ? changes : `${changes}, as ${counted(events, 'event')}`
  const facts = [
    `${styleText('bold', file)}: ${what}${since === null ? '' : `, since ${clock(since)}`}`,
    '',
    `  outbox      table ${OUTBOX} in ${path === file ? 'it' : path}`,
    `  checkpoint  ${mark.file}: ${mark.seq === 0 ? 'nothing delivered yet' : `delivered up to ${mark.seq}`}`,
    `  lock        ${lock.file}: ${lock.held ? 'held: a process is delivering' : 'free: no process is delivering'}`,
    ...refused.map(({ uid, reason }) => `  ${styleText('red', 'refused')} ${printable(uid)}: ${printable(reason)}`),
    ...unreadableLines(unreadable),
    ...unmappedLines(unmapped),
    ...(lost === 0
      ? []
      : [`  ${styleText('red', 'sender lost')} of ${lost}: what they name is reported, without resource and mapping`]),
    '',
  ]
  if (waiting === 0) return facts.join('\n')
  const lines = next.map((event) => eventLine(clock(event.at), event))
  const more = events > next.length ? ['…'] : []
  const hint = ['', `\`goaltrace ${by}\` delivers ${waiting === 1 ? 'it' : 'them'}.`, '']
  return [...facts, heading('at'.padEnd(19)), ...lines, ...more, ...hint].join('\n')
}

function unmappedLines(unmapped: OutboxFacts['unmapped']): string[] {
  return unmapped.map(({ table, word, changes }) => {
    const count = changes === 1 ? '1 change' : `${changes} changes`
    return `  ${styleText('red', 'not mapped')} ${count} of ${printable(table)}, whose status ${quotedText(word)} no mapping knows: not reported`
  })
}

function unreadableLines(rows: readonly UnreadableRow[]): string[] {
  const line = (text: string) => `  ${styleText('red', 'unreadable')} ${printable(text)}`
  const more = rows.length - NAMED
  return [
    ...rows.slice(0, NAMED).map(({ seq, why }) => line(`row ${seq}: ${why}`)),
    ...(more > 0 ? [line(`and ${more} more`)] : []),
  ]
}

/** To the second, in the machine's time. */
function clock(iso: string): string {
  const date = new Date(iso)
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 19).replace('T', ' ')
}
