import { existsSync } from 'node:fs'
import process from 'node:process'
import { counted } from '../../base/counted.ts'
import { realPath } from '../../base/real-path.ts'
import { shellWord } from '../../base/shell-word.ts'
import { DrainLock } from '../../outbox/drain-lock.ts'
import { Outbox } from '../../outbox/outbox.ts'
import { TABLES } from '../../outbox/outbox-table.ts'
import type { OwnDatabase } from '../../sqlite/open-database.ts'
import { type Command, Failure, parse } from '../lib/command.ts'
import { whatToDo } from '../lib/encrypted.ts'
import { checkpointOf, deadLettersOf, type FileOutbox, hasOutbox, open } from '../lib/outbox-of-file.ts'
import {
  forgetState,
  refuseBoth,
  refuseWatched,
  removeDelivery,
  stateOfDatabase,
  statesOfConfiguration,
  statesOfPreset,
  type WatchedStates,
  waitingIn,
} from '../lib/watched-state.ts'

const HELP = `goaltrace remove: removes every trace of goaltrace from an agent's database, or of a watch

  goaltrace remove FILE [--force]
  goaltrace remove --preset NAME [--force]

  FILE       the SQLite database in which the agent keeps its goals; or goaltrace.config.json, for its files
  --preset   what \`goaltrace watch --preset NAME\` keeps; of a project, start it there
  --force    even where changes are pending: they are lost then

The tables ${TABLES.join(', ')} go, and what the state directory holds of the file: how far it
was delivered, and what the receiver has refused. End its agents first: one that still runs under goaltrace recreates
the tables at its next change of a goal. Of what is watched, how far it was read goes too: the next watch begins as the first one did.
`

/** Milliseconds to wait for another process that writes. */
const TIMEOUT = 2000

export const command: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = parse('remove', args, {
      options: { force: { type: 'boolean' }, preset: { type: 'string' } },
      allowPositionals: true,
    })
    const { preset, force = false } = values
    refuseBoth('remove', positionals, preset)
    const [file = ''] = positionals
    const watched = preset === undefined ? statesOfConfiguration(file) : statesOfPreset(preset)
    if (watched !== undefined) {
      const done = forgotten(watched, force)
      process.stdout.write(done || `Nothing is kept of \`goaltrace ${watched.watch}\`.\n`)
      return 0
    }
    if (!existsSync(file)) {
      throw new Failure(`There is no file ${file}: name the database in which an agent keeps its goals.`)
    }
    const state = stateOfDatabase(file)
    const name = shellWord(file)
    // A relay delivers what is in the database, if there is an outbox in it.
    const by = state && hasOutbox(realPath(file), file) ? `watch ${name}` : `relay ${name} --once`
    const ofWatch = { argument: name, watch: by, states: state ? [state] : [] }
    refuse(ofWatch, force)
    process.stdout.write(`${removed(file, force)}\n${forgotten(ofWatch, force)}`)
    return 0
  },
}

/** Removes what is kept of a watch. @returns a line for each thing that was watched. */
function forgotten(watched: WatchedStates, force: boolean): string {
  refuse(watched, force)
  const lines = watched.states.map((state) => {
    const waiting = waitingIn(state)
    forgetState(state)
    const lost = waiting > 0 ? `, with ${counted(waiting, 'change')} not delivered` : ''
    return `${state.name}: how far it was read is forgotten${lost}.\n`
  })
  return lines.join('')
}

/** Before anything goes, so that nothing is half removed. @throws {Failure} */
function refuse({ argument, watch, states }: WatchedStates, force: boolean): void {
  const waiting = states.reduce((sum, state) => sum + waitingIn(state), 0)
  if (waiting > 0 && !force) throw new Failure(refusal(argument, waiting, watch))
  for (const state of states) refuseWatched(state)
}

/** @returns one sentence that says what was done. */
function removed(file: string, force: boolean): string {
  const path = realPath(file)
  // A process that is delivering would lose its checkpoint, and send again what was delivered.
  const lock = new DrainLock(path, open)
  if (!lock.tryAcquire()) {
    throw new Failure(`Another process is delivering ${file}, most likely its agent: end it and try again.`)
  }
  let gone: readonly string[]
  try {
    gone = dropTables(path, file, force)
  } finally {
    lock.release()
  }
  removeDelivery(path)
  return gone.length === 0
    ? `${file} contains nothing of goaltrace.`
    : `${file} contains nothing of goaltrace any more: ${gone.join(', ')} and its state were removed.`
}

/** @returns what was removed, in words. */
function dropTables(path: string, file: string, force: boolean): string[] {
  let database: OwnDatabase | undefined
  try {
    database = new open(path, { fileMustExist: true, timeout: TIMEOUT })
    // Counted and dropped in one transaction, so that no change slips in between; overwritten, as a cleared goal's
    // objective may be among it (https://sqlite.org/pragma.html#pragma_secure_delete).
    database.exec('PRAGMA secure_delete = ON; BEGIN IMMEDIATE')
    const find = database.prepare('SELECT name FROM main.sqlite_schema WHERE name IN (?, ?, ?) ORDER BY name')
    const tables = (find.all(...TABLES) as { name: string }[]).map(({ name }) => name)
    const own = database
    const found: FileOutbox = { path, outbox: new Outbox((read) => read(own)) }
    const waiting = found.outbox.waiting(checkpointOf(found).seq).count
    if (waiting > 0 && !force) throw new Failure(refusal(shellWord(file), waiting))
    const refused = deadLettersOf(found).length
    for (const table of tables) database.exec(`DROP TABLE main.${table}`)
    database.exec('COMMIT')
    return [
      ...tables,
      ...(waiting > 0 ? [`${counted(waiting, 'change')} not delivered`] : []),
      ...(refused > 0 ? [`${counted(refused, 'record')} that the receiver had refused`] : []),
    ]
  } catch (error) {
    if (error instanceof Failure) throw error
    const advice = whatToDo(error, 'End its agent, or name another database')
    throw new Failure(`${file} cannot be written: ${(error as Error).message}. ${advice}.`)
  } finally {
    database?.close()
  }
}

/** @param argument What names it in a command. @param by The command that delivers them. */
function refusal(argument: string, waiting: number, by = `relay ${argument} --once`): string {
  return (
    `${counted(waiting, 'change')} in ${argument} ${waiting === 1 ? 'has' : 'have'} not been delivered: ` +
    `\`goaltrace ${by}\` delivers ${waiting === 1 ? 'it' : 'them'}, ` +
    `\`goaltrace remove ${argument} --force\` throws ${waiting === 1 ? 'it' : 'them'} away.`
  )
}
