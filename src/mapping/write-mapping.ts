import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readFileSync, realpathSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { reason } from '../base/diagnose.ts'
import { type Configuration, parsedConfiguration } from './config-file.ts'
import type { GoalTable } from './goal-table.ts'
import { loadProposals } from './load-proposals.ts'

/** What has become of a file: `there` where it had these tables already. */
export type WrittenMapping =
  | { readonly how: 'created' | 'added' | 'there' }
  | { readonly how: 'refused'; readonly why: string }

const SCHEMA = 'node_modules/goaltrace/goaltrace.config.schema.json'

/** Creates goaltrace.config.json with these tables, or adds them to those that it has. Takes nothing out of it. */
export function writeMapping(file: string, tables: readonly GoalTable[]): WrittenMapping {
  try {
    const $schema = existsSync(join(dirname(file), SCHEMA)) ? { $schema: `./${SCHEMA}` } : {}
    create(file, loadProposals().configText({ ...$schema, tables }))
    return { how: 'created' }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return { how: 'refused', why: reason(error) }
  }
  try {
    return add(realpathSync(file), tables)
  } catch (error) {
    return { how: 'refused', why: reason(error) }
  }
}

/**
 * As a whole or not at all, and never in the place of another: the agent's other processes may read it now, or create it.
 * @throws {Error} EEXIST where it is there.
 */
function create(file: string, text: string): void {
  const draft = draftOf(file)
  writeFileSync(draft, text, { flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    // A file system without links: whoever reads it in this moment may find a part of it.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    writeFileSync(file, text, { flag: 'wx' })
  } finally {
    unlinkSync(draft)
  }
}

function draftOf(file: string): string {
  return `${file}.${randomUUID()}.tmp`
}

function add(file: string, tables: readonly GoalTable[]): WrittenMapping {
  const config: Configuration = parsedConfiguration(file, readFileSync(file, 'utf8'))
  if (config.tables === undefined) {
    const why = `${file} names no tables, and with some goaltrace would no longer look for Codex's thread_goals`
    return { how: 'refused', why: `${why}; put the mapping into it yourself` }
  }
  const known = new Set(config.tables.map(({ table }) => table.toLowerCase()))
  const more = tables.filter(({ table }) => !known.has(table.toLowerCase()))
  if (more.length === 0) return { how: 'there' }
  const text = loadProposals().configText({ ...config, tables: [...config.tables, ...more] })
  const draft = draftOf(file)
  writeFileSync(draft, text)
  renameSync(draft, file)
  return { how: 'added' }
}
