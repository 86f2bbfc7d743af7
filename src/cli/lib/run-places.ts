import { isAbsolute } from 'node:path'
import { counted } from '../../base/counted.ts'
import { reason } from '../../base/diagnose.ts'
import { isRemoved } from '../../base/removed-file.ts'
import type { RunNote } from '../../base/run-notes.ts'
import { shellWord } from '../../base/shell-word.ts'
import { shown } from './shown-path.ts'
import { UnreportedChanges } from './unreported-changes.ts'

/** What is known of one place that goals are kept in. */
export interface Place {
  readonly path: string
  readonly tables: Set<string>
  /** Of what was delivered. */
  readonly unreported: UnreportedChanges
  /** The number of the first row of this run; undefined where only its delivery was met. */
  first?: number
  memory: boolean
  to?: string
  /** Why sending has failed. */
  why?: string
  /** What the receiver has answered, where it was not done with by the end. */
  refusal?: string
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
      unreported: new UnreportedChanges(),
      memory: false,
    }
    const place = places.get(note.file) ?? made
    places.set(note.file, place)
    take(note, place)
  }
  const refusal = notes.findLast((note) => note.kind === 'refuses')?.why
  if (refusal !== undefined) for (const place of places.values()) place.refusal = refusal
  return [...places.values()]
}

function take(note: PlaceNote, place: Place): void {
  if (note.kind === 'sends') place.to = note.to
  else if (note.kind === 'fails') place.why = note.why
  else if (note.kind === 'notSent') {
    place.notSent = { records: (place.notSent?.records ?? 0) + note.records, why: note.why }
  } else if (note.kind === 'unreported') {
    place.unreported.add(note)
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
    if (place.notSent) return `goals are in memory${notSent(place.notSent, to)}${place.unreported.text()}`
    return `${how}; they are kept in memory, and those not delivered were lost when the agent ended${place.unreported.text()}`
  }
  if (isRemoved(path)) return 'the file is gone, and everything pending in it'
  try {
    return await fromFile(place, isRefusedInPart)
  } catch (error) {
    return `it cannot be read now: ${reason(error)}`
  }
}

async function fromFile(place: Place, isRefusedInPart: boolean): Promise<string> {
  const { path, first, to, unreported } = place
  // Late, since it asks for a driver of SQLite, which an agent without goals may not have.
  const { committedChanges, deadLettersOf, findOutbox, checkpointOf } = await import('./outbox-of-file.ts')
  const { pendingChanges } = await import('./pending-changes.ts')
  const last = committedChanges(path)
  const found = findOutbox(path)
  const { seq } = checkpointOf(found)
  const pending = found.outbox.waiting(seq).count
  const refused = deadLettersOf(found).length
  const name = shellWord(shown(path))
  const changed = first === undefined ? '' : `${counted(Math.max(0, last - first + 1), 'change')} of goals, `
  const set = refused === 0 ? '' : `; ${refused} set aside: \`goaltrace outbox ${name}\` shows why`
  if (pending === 0) {
    const notReported = unreported.text()
    const what =
      refused > 0 || isRefusedInPart ? 'the rest was' : notReported ? 'what can be reported was' : 'all events'
    const sent = place.notSent ? notSent(place.notSent, to) : sentTo(to, what)
    return `${changed}nothing is pending${sent}${set}${notReported}`
  }
  for (const one of pendingChanges(found.outbox, seq).unmapped) unreported.add(one)
  const next = `\`goaltrace outbox ${name}\` shows them, and the agent's next run or \`goaltrace relay ${name}\` delivers them`
  return `${changed}${pending} pending (${whyPending(place)}); ${next}${set}${unreported.text()}`
}

function whyPending({ to, why, refusal }: Place): string {
  if (why !== undefined) return why
  if (to === undefined) return 'the agent ended before they were sent'
  return refusal ? `${to}: ${refusal}` : `${to} had not taken them when the agent ended`
}

function sentTo(to: string | undefined, what: string): string {
  if (to === undefined) return ''
  if (to.startsWith('nobody')) return `, no event is sent: the receiver is ${to}`
  return `, ${what} sent to ${to}`
}

function notSent({ records, why }: NonNullable<Place['notSent']>, to: string | undefined): string {
  const events = records === 1 ? '1 event is' : `${records} events are`
  return `, ${events} not sent, as ${to} takes no log records: ${why}`
}
