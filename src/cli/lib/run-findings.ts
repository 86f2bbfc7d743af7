import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, relative } from 'node:path'
import process from 'node:process'
import { reason } from '../../base/diagnose.ts'
import type { RunNote } from '../../base/run-notes.ts'
import { DRIVER_NAMES } from '../../sqlite/drivers.ts'
import { printable } from '../terminal/printable.ts'

/** Databases without goals that are named. */
const MOST_BARE = 3

/** What is known of one place that goals are kept in. */
interface Place {
  readonly tables: Set<string>
  /** The number of the first row of this run; undefined where only its delivery was met. */
  first?: number
  memory: boolean
  to?: string
  why?: string
}

/** Lines with what the processes of a run have noted, and what has become of it. */
export async function foundBy(file: string): Promise<string[]> {
  const notes = notesIn(file)
  const places = placesOf(notes)
  const unobserved = new Set(notes.flatMap((note) => (note.kind === 'unobserved' ? [note.why] : [])))
  const lines = [...unobserved].map((why) => `no goals were observed: ${why}`)
  for (const [path, place] of places) lines.push(`${titleOf(path, place)}: ${await toldOf(path, place)}`)
  const unseen = new Set(notes.flatMap((note) => (note.kind === 'unseen' ? [shown(note.file)] : [])))
  for (const path of unseen) {
    lines.push(`${path}: goals changed in one exec() with CREATE, ALTER or DROP were not seen; run them apart`)
  }
  for (const note of notes) {
    if (note.kind !== 'dropped') continue
    const goals = note.goals === 1 ? '1 goal' : `${note.goals} goals`
    lines.push(
      `${shown(note.file)}: ${note.table} was dropped with ${goals} in it, of which no event says that they ended; where they have, delete its rows before the table`,
    )
  }
  if (lines.length === 0) lines.push(nothing(notes))
  // A receiver that is not there takes nothing of all, as has been said.
  const lost = notes.some(({ kind }) => kind === 'fails') ? [] : (['spans', 'metrics'] as const)
  for (const what of lost) {
    const why = notes.flatMap((note) => (note.kind === 'lost' && note.what === what ? [note.why] : [])).at(-1)
    if (why !== undefined) lines.push(`${what} were not taken by their receiver, some or all: ${why}`)
  }
  return lines.map(printable)
}

function notesIn(file: string): RunNote[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8').split('\n').flatMap(parsed)
}

/** A process that was killed, or a full disk, may have left half a line. */
function parsed(line: string): RunNote[] {
  try {
    return [JSON.parse(line) as RunNote]
  } catch {
    return []
  }
}

function placesOf(notes: readonly RunNote[]): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const note of notes) {
    if (note.kind !== 'goals' && note.kind !== 'sends' && note.kind !== 'fails') continue
    if (note.file === '') continue
    const place = places.get(note.file) ?? { tables: new Set(), memory: false }
    places.set(note.file, place)
    if (note.kind === 'sends') place.to = note.to
    else if (note.kind === 'fails') place.why = note.why
    else {
      for (const table of note.tables) place.tables.add(table)
      place.first = Math.min(note.next, place.first ?? note.next)
      place.memory ||= note.memory
    }
  }
  return places
}

function titleOf(path: string, { tables }: Place): string {
  return tables.size === 0 ? shown(path) : `${shown(path)} (${[...tables].join(', ')})`
}

async function toldOf(path: string, place: Place): Promise<string> {
  const { to, why, memory } = place
  if (memory || !isAbsolute(path)) {
    const how = why ? `sending has failed, maybe not for good: ${why}` : `events go to ${to ?? 'no receiver so far'}`
    return `${how}; they are pending in memory, and those that were not delivered are lost with the agent`
  }
  if (!existsSync(path)) return 'it is gone by now, with all that waited in it'
  try {
    return await standOf(path, place)
  } catch (error) {
    return `it cannot be looked at now: ${reason(error)}`
  }
}

async function standOf(path: string, { first, to, why }: Place): Promise<string> {
  // Late, since it asks for a driver of SQLite, which an agent without goals may not have.
  const { committedChanges, deadLettersOf, findOutbox, checkpointOf } = await import('./outbox-of-file.ts')
  const last = committedChanges(path)
  const found = findOutbox(path)
  const waiting = found.outbox.waiting(checkpointOf(found).seq).count
  const refused = deadLettersOf(found).length
  const name = shown(path)
  const changed = first === undefined ? '' : `${counted(Math.max(0, last - first + 1))} of goals, `
  const set = refused === 0 ? '' : `; ${refused} set aside: \`goaltrace outbox ${name}\` shows why`
  if (waiting === 0) return `${changed}nothing is pending${to ? `, all events sent to ${to}` : ''}${set}`
  const since = why ? `, since ${why}` : to ? ` for ${to}` : ''
  const next = `\`goaltrace outbox ${name}\` shows them, the agent's next run or \`goaltrace relay ${name}\` delivers them`
  return `${changed}${waiting} pending${since}: ${next}${set}`
}

function counted(changes: number): string {
  return changes === 1 ? '1 change' : `${changes} changes`
}

function nothing(notes: readonly RunNote[]): string {
  const bare = [...new Set(notes.flatMap((note) => (note.kind === 'bare' ? [note.file] : [])))]
  if (bare.length > 0) {
    const named = bare.slice(0, MOST_BARE).map(shown).join(', ')
    const [one = 'FILE'] = bare.filter((file) => isAbsolute(file)).map(shown)
    return `no goals were met: ${named} ${bare.length === 1 ? 'has' : 'have'} no table of goals that is mapped; \`goaltrace doctor ${one}\` says what to do`
  }
  if (notes.length > 0) {
    return `no goals were met: nothing was written by ${DRIVER_NAMES}; \`goaltrace doctor FILE\`, with the database of the agent, says what to do`
  }
  return 'no goals were met: the command has started no Node.js process that takes NODE_OPTIONS; `goaltrace help run` says what it needs'
}

/** As short as it can be said from here. */
function shown(path: string): string {
  if (!isAbsolute(path)) return path
  const here = relative(process.cwd(), path)
  return here.startsWith('..') ? path : here
}
