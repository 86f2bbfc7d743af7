import { basename } from 'node:path'
import process from 'node:process'
import type { RunNote } from '../../base/run-notes.ts'
import { shellWord } from '../../base/shell-word.ts'
import { hasStateFile, stateFile } from '../../outbox/outbox-file.ts'
import { UnsentSpansFile } from '../../outbox/unsent-spans-file.ts'
import { DRIVER_NAMES } from '../../sqlite/drivers.ts'
import { printable } from '../terminal/printable.ts'
import { mappingLines } from './run-mapping.ts'
import { notesIn } from './run-notes-file.ts'
import { placesOf, standOf } from './run-places.ts'
import { shown } from './shown-path.ts'

/** Databases without goals that are named. */
const MOST_BARE = 3

/**
 * Lines with what the processes of a run have noted, and what has become of it.
 * @param command What was run, with its arguments.
 */
export async function foundBy(file: string, command: readonly string[] = []): Promise<string[]> {
  const notes = notesIn(file)
  const unobserved = new Set(notes.flatMap((note) => (note.kind === 'unobserved' ? [note.why] : [])))
  const places = placesOf(notes)
  const lines = [
    ...[...unobserved].map((why) => `no goals were observed: ${why}`),
    ...mappingLines(notes),
    ...unseenLines(notes),
    ...(places.length > 0 ? hints() : []),
  ]
  for (const place of places) lines.push(await standOf(place, isRefusedInPart(notes)))
  if (lines.length === 0) lines.push(isCodex(command) ? CODEX : nothing(notes))
  lines.push([lines.pop(), ...losses(notes)].join('; '))
  return lines.flatMap((line) => line.split('\n')).map(printable)
}

function unseenLines(notes: readonly RunNote[]): string[] {
  const unseen = new Set(notes.flatMap((note) => (note.kind === 'unseen' ? [shown(note.file)] : [])))
  const lines = [...unseen].map(
    (path) =>
      `${path}: goals changed in one exec() with CREATE, ALTER or DROP were not seen; run them in separate calls`,
  )
  for (const note of notes) {
    if (note.kind !== 'dropped') continue
    const goals = note.goals === 1 ? '1 goal' : `${note.goals} goals`
    lines.push(
      `${shown(note.file)}: ${note.table} was dropped with ${goals} in it, and no event says that they ended; if they have, delete the rows before dropping the table`,
    )
  }
  return lines
}

/** What is said in the last line of all: what was lost of what is not in the outbox. */
function losses(notes: readonly RunNote[]): string[] {
  // A receiver that is not there takes nothing of all, as has been said.
  const lost = notes.some(({ kind }) => kind === 'fails')
    ? []
    : notes.flatMap((note) => (note.kind === 'lost' ? [note] : []))
  const spans = lost.reduce((sum, note) => sum + (note.what === 'spans' ? note.count : 0), 0)
  const ofSpans = lost.findLast(({ what }) => what === 'spans')?.why
  const ofMetrics = lost.findLast(({ what }) => what === 'metrics')?.why
  const refused = [...(ofSpans ? [spans === 1 ? '1 span' : `${spans} spans`] : []), ...(ofMetrics ? ['metrics'] : [])]
  const answers = [...new Set([ofSpans, ofMetrics].filter(Boolean))].join(', ')
  const lines = refused.length === 0 ? [] : [`${refused.join(' and ')} not taken by the receiver: ${answers}`]
  const whyKept = notes.findLast((note) => note.kind === 'kept')?.why
  const count = whyKept === undefined ? 0 : placesOf(notes).reduce((sum, { path }) => sum + keptSpansOf(path), 0)
  if (count > 0) {
    const what = count === 1 ? '1 span is' : `${count} spans are`
    lines.push(`${what} kept for the agent's next start: ${whyKept}`)
  }
  const rejected = notes.flatMap((note) => (note.kind === 'rejected' ? [note] : []))
  const records = rejected.reduce((sum, note) => sum + note.records, 0)
  const why = rejected.at(-1)?.why
  if (why === undefined) return lines
  return [...lines, `${records} log records were rejected by their receiver, which does not say which ones: ${why}`]
}

/** As the files have them at the end: each attempt to send them is noted, and another process of the run may have sent them since. */
function keptSpansOf(path: string): number {
  return hasStateFile(path, 'spans') ? new UnsentSpansFile(stateFile(path, 'spans')).read().length : 0
}

function isRefusedInPart(notes: readonly RunNote[]): boolean {
  return notes.some(({ kind }) => kind === 'rejected')
}

/** What somebody looks for who sees goals without a text, or does not find them by a name. */
function hints(): string[] {
  const { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: content, OTEL_SERVICE_NAME: name } = process.env
  const hints = [
    ...(content?.toLowerCase() === 'true'
      ? []
      : ['goals are shown by their ids: `goaltrace run --objectives` records their text']),
    ...(name ? [] : ['set OTEL_SERVICE_NAME to name the agent']),
  ]
  return hints.length > 0 ? [hints.join('; ')] : []
}

const CODEX =
  'no goals were seen: Codex is not a Node.js program; `goaltrace codex watch`, beside it, reports its goals'

/** `codex`, `npx codex`, `npx @openai/codex@latest`: what comes after that is a prompt. */
function isCodex(command: readonly string[]): boolean {
  return command.slice(0, 2).some((word) => /^codex(\.js|\.exe|@.*)?$/.test(basename(word)))
}

function nothing(notes: readonly RunNote[]): string {
  const bare = notes.flatMap((note) => (note.kind === 'bare' ? [note] : []))
  const files = [...new Set(bare.map(({ file }) => file))]
  if (files.length > 0) {
    const named = files.slice(0, MOST_BARE).map(shown).join(', ')
    const [one = 'FILE'] = files.filter((file) => shown(file) !== file || file.startsWith('/')).map(shown)
    const others = [...new Set(bare.flatMap(({ others = [] }) => others))]
    const left = [...new Set(bare.flatMap(({ left = [] }) => left))].map((why) => `; left out: ${why}`).join('')
    const maybe = others.length > 0 ? `; only you know whether any of these holds goals: ${others.join(', ')}` : ''
    return `no goals were seen: ${named} ${files.length === 1 ? 'has' : 'have'} no mapped table of goals; \`goaltrace doctor ${shellWord(one)}\` says what to do${left}${maybe}`
  }
  if (notes.length > 0) {
    return `no goals were seen: nothing was written through ${DRIVER_NAMES}; \`goaltrace doctor FILE\`, with the agent's database, says what to do`
  }
  return 'no goals were seen: the command has started no Node.js process that takes NODE_OPTIONS; `goaltrace help run` says what it needs'
}
