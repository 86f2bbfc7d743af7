import { resolve } from 'node:path'
import process from 'node:process'
import { notify } from '../base/diagnose.ts'
import { textOf } from '../base/environment.ts'
import { noteForRun, RUN_NOTES } from '../base/run-notes.ts'
import { shellWord } from '../base/shell-word.ts'
import type { MetUnmapped } from '../capture/unmapped-tables.ts'
import { configurationFile } from '../mapping/config-file.ts'
import type { GoalTable } from '../mapping/goal-table.ts'
import { loadProposals } from '../mapping/load-proposals.ts'
import type { Proposal } from '../mapping/proposed-mapping.ts'
import { type WrittenMapping, writeMapping } from '../mapping/write-mapping.ts'

/** Set by `goaltrace run --map`: tables of goals that nothing maps are mapped, in the file that maps the others. */
const MAP = 'GOALTRACE_MAP'

/** What this process has mapped itself, by the table's name, so that all its connections map it the same. */
const mapped = new Map<string, GoalTable>()
/** What it has reported, by file and table. */
const reported = new Set<string>()

/**
 * Reports tables of goals that nothing maps, once for each file, and maps them where that was asked for.
 * Made before the agent can leave the folder that it was started in, which is where the mapping is written.
 */
export function unmappedGoals(env = process.env): MetUnmapped {
  const to = resolve(configurationFile(env))
  const maps = textOf(env, MAP) !== undefined
  return (proposal, file) => {
    const tables = proposal.mappings.map(({ mapping }) => mapped.get(mapping.table) ?? mapping)
    const names = tables.map(({ table }) => table)
    const isNew = names.some((name) => !reported.has(`${file} ${name}`))
    for (const name of names) reported.add(`${file} ${name}`)
    if (!maps) {
      if (isNew) report(proposal, file, names)
      return []
    }
    if (names.some((name) => !mapped.has(name))) reportWritten(proposal, file, names, to, writeMapping(to, tables))
    for (const mapping of tables) mapped.set(mapping.table, mapping)
    return tables
  }
}

function report(proposal: Proposal, file: string, tables: readonly string[]): void {
  note(proposal, file)
  const what =
    tables.length === 1
      ? `${listed(tables)} looks like a table of goals but is not mapped, so it is`
      : `${listed(tables)} look like tables of goals but are not mapped, so they are`
  notify(
    `unmapped ${file}`,
    `${what} not observed: \`goaltrace run --map -- node agent.js\` maps what is in ${file}, and \`goaltrace doctor ${shellWord(file)}\` shows the mapping`,
  )
}

function reportWritten(
  proposal: Proposal,
  file: string,
  tables: readonly string[],
  to: string,
  written: WrittenMapping,
) {
  note(proposal, file, { to, ...written })
  // `goaltrace run` says so when the agent has ended, with the mapping.
  if (textOf(process.env, RUN_NOTES) !== undefined) return
  const done =
    written.how === 'refused'
      ? `observed for this run only; the mapping could not be saved: ${written.why}`
      : `mapped in ${to}; check it once`
  notify(`mapped ${file} ${tables}`, `the goals in ${listed(tables)} of ${file} are ${done}`)
}

function note(proposal: Proposal, file: string, written?: { to: string } & WrittenMapping): void {
  noteForRun(loadProposals().unmappedNote(proposal, file, written))
}

function listed(tables: readonly string[]): string {
  return tables.map((table) => JSON.stringify(table)).join(' and ')
}
