import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import process from 'node:process'
import { styleText } from 'node:util'
import { reason } from '../../base/diagnose.ts'
import { realPath } from '../../base/real-path.ts'
import { isCodexDatabase } from '../../codex/codex-places.ts'
import { configuration } from '../../mapping/config-file.ts'
import { configText } from '../../mapping/config-text.ts'
import type { GoalFiles } from '../../mapping/goal-files.ts'
import type { GoalTable } from '../../mapping/goal-table.ts'
import { remarksOn } from '../../mapping/proposed-mapping.ts'
import { INSTALL } from '../../sqlite/drivers.ts'
import { type Check, checkTable } from '../doctor/check.ts'
import type { DatabaseFindings } from '../doctor/database.ts'
import { packageChecks } from '../doctor/packages.ts'
import { receiverChecks } from '../doctor/receiver.ts'
import { serviceChecks } from '../doctor/service.ts'
import { stateCheck } from '../doctor/state.ts'
import { type Command, parse, UsageError } from '../lib/command.ts'
import { jsonText } from '../lib/json-text.ts'
import type { DatabasePlace } from '../lib/preset-databases.ts'
import { proposalNotes } from '../lib/proposal-notes.ts'

const HELP = `goaltrace doctor: checks whether everything fits, and says what to do where it does not

  goaltrace doctor [FILE | DIR] [-- node agent.js]

  FILE   the SQLite database in which the agent keeps its goals; it is only read
  DIR    a folder with JSON files of agents: says which of them hold goals, and the preset or the mapping by which
         \`goaltrace watch\` follows them
  --     how the agent is started; it is not. Its packages are looked for from its file's folder, else from here

It looks at Node, the SQLite drivers, what ORMs do with goaltrace's tables, the copies of OpenTelemetry,
goaltrace.config.json, the state directory, and at the receivers, which it sends an empty request for each signal; in FILE at the goal
tables, for which it prints a mapping where there is none, and at the outbox.
Exit code 1 where something is at fault.

  OTEL_EXPORTER_OTLP_ENDPOINT   where the events go   default http://localhost:4318
`

export const command: Command = {
  help: HELP,
  async run(args) {
    const dashes = args.indexOf('--')
    const agent = dashes < 0 ? [] : args.slice(dashes + 1)
    const { positionals } = parse('doctor', dashes < 0 ? args : args.slice(0, dashes), { allowPositionals: true })
    const [file, ...more] = positionals
    if (more.length > 0 || (dashes >= 0 && agent.length === 0)) {
      throw new UsageError(
        'Give one file at most, and a command after two dashes: `goaltrace doctor goals.db -- node agent.js`.',
      )
    }
    // Nothing of goaltrace runs in Codex, or in an agent whose files are followed, whatever is installed here.
    const isOfCodex = file !== undefined && agent.length === 0 && isCodexDatabase(file)
    const isFolder = file !== undefined && (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false)
    const place = file === undefined || isFolder ? undefined : await presetPlace(file)
    const isOutside = agent.length === 0 && (isFolder || isOfCodex || place !== undefined)
    const packages = isOutside ? [] : packageChecks(agent[0] ?? 'node', nodeOf(agent), folderOf(agent))
    const { checks: config, tables } = await configured()
    const receiver = await receiverChecks()
    const inFolder = isFolder ? (await import('../doctor/folder.ts')).folderFindings(file) : undefined
    const { checks, proposal } = file === undefined || isFolder ? NO_FILE : await findingsOf(file, tables, place)
    const service = isOutside ? [] : serviceChecks(scriptOf(agent))
    const all = [...packages, ...config, ...service, stateCheck(), ...receiver, ...checks, ...(inFolder?.checks ?? [])]
    process.stdout.write(`${checkTable(all)}\n${doctorProposal(proposal)}${filesProposal(inFolder?.proposal ?? [])}`)
    return all.some(({ fix }) => fix !== undefined) ? 1 : 0
  },
}

const NO_FILE: DatabaseFindings = { checks: [], proposal: { mappings: [], guesses: [], left: [] } }

/** The Node that is to run the agent; this one where the command is something else. */
function nodeOf([command = '']: readonly string[]): string {
  return /^node(?:\d*|\.exe)$/.test(basename(command)) ? command : process.execPath
}

function folderOf(agent: readonly string[]): string {
  const script = scriptOf(agent)
  return script === undefined ? process.cwd() : dirname(script)
}

function scriptOf(agent: readonly string[]): string | undefined {
  const script = agent.slice(1).find((argument) => !argument.startsWith('-') && existsSync(argument))
  return script && resolve(script)
}

async function configured(): Promise<{ checks: Check[]; tables?: readonly GoalTable[] | undefined }> {
  const name = 'mapping'
  try {
    const tables = configuration()?.tables
    const files = (await import('../doctor/configured-files.ts')).configuredFilesChecks()
    const file = process.env.GOALTRACE_CONFIG || 'goaltrace.config.json'
    if (!tables && files.length > 0) return { checks: [{ name, found: `${file}: files, and no tables` }, ...files] }
    if (!tables) return { checks: [{ name, found: "none: Codex's thread_goals" }] }
    if (tables.length === 0 && files.length === 0) {
      const fix = "map the tables that hold goals, or leave `tables` out for Codex's thread_goals"
      return { checks: [{ name, found: `${file} maps no table, so nothing is observed`, fix }], tables }
    }
    return { checks: [{ name, found: `${file}: ${tables.map(({ table }) => table).join(', ')}` }, ...files], tables }
  } catch (error) {
    const fix = 'correct it; until then register observes nothing'
    return { checks: [{ name, found: reason(error), fix }], tables: [] }
  }
}

/** Where a preset has this database. */
async function presetPlace(file: string): Promise<DatabasePlace | undefined> {
  if (!existsSync(file)) return undefined
  const { databasePlaces } = await import('../lib/preset-databases.ts')
  return databasePlaces().find((place) => place.file === realPath(file))
}

/** What goaltrace.config.json says of a preset's table comes first. */
async function findingsOf(
  file: string,
  tables: readonly GoalTable[] | undefined,
  place: DatabasePlace | undefined,
): Promise<DatabaseFindings> {
  try {
    const { databaseFindings } = await import('../doctor/database.ts')
    const isMapped = place?.tables.some(({ table }) => tables?.some((one) => one.table === table)) ?? false
    return place && !isMapped ? databaseFindings(file, place.tables, place.preset) : databaseFindings(file, tables)
  } catch (error) {
    const found = `${file} is not checked: ${reason(error)}`
    return { checks: [{ name: 'database', found, fix: INSTALL }], proposal: NO_FILE.proposal }
  }
}

function filesProposal(files: readonly GoalFiles[]): string {
  if (files.length === 0) return ''
  const heading = `${styleText('bold', 'goaltrace.config.json')}: check it before you use it.`
  return `\n${heading}\n\n${jsonText({ files })}\n`
}

function doctorProposal(proposal: DatabaseFindings['proposal']): string {
  const { mappings, guesses } = proposal
  const shown = mappings.length > 0 ? mappings : guesses
  if (shown.length === 0) return ''
  const guess = shown.every(({ certain }) => certain)
    ? ''
    : ' It is a guess: these tables have an id and a status, and only you know which of them hold goals. Leave out the rest.'
  const heading = `${styleText('bold', 'goaltrace.config.json')}: check it before you use it.${guess}`
  const notes = proposalNotes(remarksOn(shown, proposal))
  const text = configText({ tables: shown.map(({ mapping }) => mapping) })
  return `\n${[heading, ...notes].join('\n  ')}\n\n${text}`
}
