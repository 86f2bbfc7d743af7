import { quotedText } from '../../base/quoted.ts'
import type { RunNote, UnmappedNote } from '../../base/run-notes.ts'
import { shellWord } from '../../base/shell-word.ts'
import { proposalNotes } from './proposal-notes.ts'
import { shown } from './shown-path.ts'

/**
 * What is said of tables of goals that nothing maps, or that were mapped in this run.
 * @param mapping The command that would map them.
 */
export function mappingLines(notes: readonly RunNote[], mapping = 'goaltrace run --map -- …'): string[] {
  const unmapped = notes.flatMap((note) => (note.kind === 'unmapped' ? [note] : []))
  // Processes that run side by side meet the same tables.
  const last = new Map(unmapped.map((note) => [`${note.file} ${namesOf(note)}`, note]))
  return [...last.values()].filter(({ written }) => written?.how !== 'there').flatMap((note) => linesOf(note, mapping))
}

function linesOf(note: UnmappedNote, mapping: string): string[] {
  const { written, file } = note
  const isSaved = written !== undefined && written.how !== 'refused'
  const place = isSaved ? `in ${shown(written.to)}` : `which \`goaltrace doctor ${shellWord(shown(file))}\` lists`
  const mappings = note.tables.flatMap((table) => mappingOf(table, place))
  return [`${shown(note.file)} (${namesOf(note)}): ${stateOf(note, mapping)}`, ...mappings, ...proposalNotes(note)]
}

function namesOf({ tables }: UnmappedNote): string {
  return tables.map(({ table }) => table).join(', ')
}

function stateOf({ written }: UnmappedNote, mapping: string): string {
  if (written === undefined) {
    return `looks like a table of goals but is not mapped, so its goals are not observed; \`${mapping}\` saves this mapping in goaltrace.config.json and uses it`
  }
  if (written.how === 'refused') return `observed with this mapping, which could not be saved: ${written.why}`
  return written.how === 'created'
    ? `mapped in ${shown(written.to)}, a new file; check it once`
    : `added to ${shown(written.to)}; check it once`
}

/** @param place Where the words of other agents are. */
function mappingOf({ table, columns, statuses, more, usage }: UnmappedNote['tables'][number], place: string): string[] {
  const own = Object.entries(statuses).map(([word, meaning]) => `${quotedText(word)}: ${meaning}`)
  const others = more > 0 ? [`${more} more words that agents use, ${place}`] : []
  return [
    `${table}: columns ${JSON.stringify(columns)}${usage ? `, usage ${JSON.stringify(usage)}` : ''}`,
    `${table}: statuses ${[...own, ...others].join(', ')}`,
  ]
}
