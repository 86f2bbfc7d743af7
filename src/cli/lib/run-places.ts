import { isAbsolute } from 'node:path'
import { counted } from '../../base/counted.ts'
import { reason } from '../../base/diagnose.ts'
import { quotedText } from '../../base/quoted.ts'
import { isRemoved } from '../../base/removed-file.ts'
import type { RunNote } from '../../base/run-notes.ts'
import { shown } from './shown-path.ts'

/** What is known of one place that goals are kept in. */
export interface Place {
  readonly path: string
  readonly tables: Set<string>
  /** Changes that no event reports, by table and word. */
  readonly unreported: Map<string, number>
  /** The number of the first row of this run; undefined where only its delivery was met. */
  first?: number
  memory: boolean
  to?: string
  why?: string
  /** Log records for a receiver that takes other signals only. */
  notSent?: { readonly records: number; readonly why: string }
}

const PLACE_KINDS = ['goals', 'sends', 'fails', 'unreported', 'notSent'] as const
type PlaceNote = Extract<RunNote, { kind: (typeof PLACE_KINDS)[number] }>

function isOfPlace(note: RunNote): note is PlaceNote {
  return (PLACE_KINDS as readonly string[]).includes(note.kind)
}

export function placesOf(notes: readonly RunNote[]): Place[] {
  const places = new Map<string, Place>()
  for (const note of notes) {
    if (!isOfPlace(note) || note.file === '') continue
    const made = {
      path: note.file,
      tables: new Set<string>(),
      unreported: new Map<string, number>(),
      memory: false,
    }
    const place = places.get(note.file) ?? made
    places.set(note.file, place)
    take(note, place)
  }
  return [...places.values()]
}

function take(note: PlaceNote, place: Place): void {
  if (note.kind === 'sends') place.to = note.to
  else if (note.kind === 'fails') place.why = note.why
  else if (note.kind === 'notSent') {
    place.notSent = { records: (place.notSent?.records ?? 0) + note.records, why: note.why }
  } else if (note.kind === 'unreported') {
    const what = `${quotedText(note.word)} of ${note.table}`
    place.unreported.set(what, (place.unreported.get(what) ?? 0) + note.changes)
  } else {
    for (const table of note.tables) place.tables.add(table)
    place.first = Math.min(note.next, place.first ?? note.next)
    place.memory ||= note.memory
  }
}

/** A line with what has become of its changes. @param isRefusedInPart Whether a receiver has rejected records of this run. */
export async function standOf(place: Place, isRefusedInPart: boolean): Promise<string> {
  const { path, tables } = place
  const title = tables.size === 0 ? shown(path) : `${shown(path)} (${[...tables].join(', ')})`
  return `${title}: ${await outcomeOf(place, isRefusedInPart)}`
}

async function outcomeOf(place: Place, isRefusedInPart: boolean): Promise<string> {
  const { path, to, why, memory } = place
  if (memory || !isAbsolute(path)) {
    const how = why ? `sending has failed so far: ${why}` : `events go to ${to ?? 'no receiver yet'}`
    if (place.notSent) return `goals are in memory${notSent(place.notSent, to)}${unreported(place)}`
    return `${how}; they are kept in memory, and those not delivered were lost when the agent ended${unreported(place)}`
  }
  if (isRemoved(path)) return 'the file is gone, and everything pending in it'
  try {
    return await fromFile(place, isRefusedInPart)
  } catch (error) {
    return `it cannot be read now: ${reason(error)}`
  }
}

async function fromFile(place: Place, isRefusedInPart: boolean): Promise<string> {
  const { path, first, to, why } = place
  // Late, since it asks for a driver of SQLite, which an agent without goals may not have.
  const { committedChanges, deadLettersOf, findOutbox, checkpointOf } = await import('./outbox-of-file.ts')
  const last = committedChanges(path)
  const found = findOutbox(path)
  const pending = found.outbox.waiting(checkpointOf(found).seq).count
  const refused = deadLettersOf(found).length
  const name = shown(path)
  const changed = first === undefined ? '' : `${counted(Math.max(0, last - first + 1), 'change')} of goals, `
  const set = refused === 0 ? '' : `; ${refused} set aside: \`goaltrace outbox ${name}\` shows why`
  if (pending === 0) {
    const isWhole = refused === 0 && place.unreported.size === 0 && !isRefusedInPart
    const sent = place.notSent ? notSent(place.notSent, to) : sentTo(to, isWhole)
    return `${changed}nothing is pending${sent}${set}${unreported(place)}`
  }
  const since = why ? ` (${why})` : to ? ` for ${to}` : ''
  const next = `\`goaltrace outbox ${name}\` shows them, and the agent's next run or \`goaltrace relay ${name}\` delivers them`
  return `${changed}${pending} pending${since}; ${next}${set}${unreported(place)}`
}

function sentTo(to: string | undefined, isWhole: boolean): string {
  if (to === undefined) return ''
  if (to.startsWith('nobody')) return `, no event is sent: the receiver is ${to}`
  return `, ${isWhole ? 'all events' : 'the rest was'} sent to ${to}`
}

function notSent({ records, why }: NonNullable<Place['notSent']>, to: string | undefined): string {
  const events = records === 1 ? '1 event is' : `${records} events are`
  return `, ${events} not sent, as ${to} takes no log records: ${why}`
}

function unreported({ unreported }: Place): string {
  if (unreported.size === 0) return ''
  const total = [...unreported.values()].reduce((sum, count) => sum + count, 0)
  const words = [...unreported].map(([word, count]) => (count === 1 ? word : `${word} (${count})`)).join(', ')
  return `; ${counted(total, 'change')} not reported, as these statuses are not mapped: ${words}; add them to the table's statuses`
}
