import type { UnmappedNote } from '../base/run-notes.ts'
import { goalColumns } from './goal-columns.ts'
import { type GoalName, goalNameOf } from './goal-names.ts'
import { goalStatus } from './goal-status.ts'
import { type GoalTable, UNKNOWN } from './goal-table.ts'
import { plainWord } from './plain-word.ts'
import { type Query, type TableFacts, tablesOf } from './table-facts.ts'
import { usageTable } from './usage-table.ts'

export interface ProposedMapping {
  readonly mapping: GoalTable
  /** How many of its statuses are the table's own words; they come first. */
  readonly own: number
  /** Words of its status column whose meaning only the agent's author knows; `?` in the mapping. */
  readonly unknown: readonly string[]
  /** A word that is taken for `active` only because a new row has it. */
  readonly begins: string | undefined
  /** What of the table looks as if it mattered, and is not mapped. */
  readonly left: readonly string[]
  /** How many names there are in the table that its words are keys of, so far; undefined where there is no such table. */
  readonly names: number | undefined
  /** Whether its name is one for goals. */
  readonly certain: boolean
}

export interface Proposal {
  /** For tables that are called as goals are, or else for the one that is most like them; the likeliest first. */
  readonly mappings: readonly ProposedMapping[]
  /** For tables that have an id and a status as well, of which only the agent's author knows whether they hold goals. */
  readonly guesses: readonly ProposedMapping[]
  /** Tables that are called as goals are, and why they are not among the mappings. */
  readonly left: readonly string[]
}

/** What somebody has to know who reads these mappings. */
export interface ProposalRemarks {
  readonly unknown: readonly { readonly table: string; readonly word: string }[]
  /** Words that are taken for `active` only because a new row has them. */
  readonly begins: readonly { readonly table: string; readonly word: string }[]
  readonly left: readonly string[]
  /** Other tables that have a status. */
  readonly others: readonly string[]
}

export function remarksOn(mappings: readonly ProposedMapping[], { guesses, left }: Proposal): ProposalRemarks {
  return {
    unknown: mappings.flatMap(({ mapping: { table }, unknown }) => unknown.map((word) => ({ table, word }))),
    begins: mappings.flatMap(({ mapping: { table }, begins }) =>
      begins === undefined ? [] : [{ table, word: begins }],
    ),
    left: [...mappings.flatMap(({ mapping, left }) => left.map((column) => `${mapping.table}.${column}`)), ...left],
    others: guesses.filter((guess) => !mappings.includes(guess)).map(({ mapping }) => mapping.table),
  }
}

/** What somebody is shown of tables that nothing maps, or nothing has until now. @param written What has become of the file that maps them. */
export function unmappedNote(
  proposal: Proposal,
  file: string,
  written?: NonNullable<UnmappedNote['written']>,
): UnmappedNote {
  const tables = proposal.mappings.map(({ mapping, own }) => {
    const { table, columns, statuses = {}, usage } = mapping
    const words = Object.entries(statuses)
    return { table, columns, statuses: Object.fromEntries(words.slice(0, own)), more: words.length - own, usage }
  })
  const remarks = remarksOn(proposal.mappings, proposal)
  return { kind: 'unmapped', file, tables, ...remarks, ...(written && { written }) }
}

interface Candidate extends ProposedMapping {
  readonly facts: TableFacts
  readonly called: GoalName
  /** How many columns of a goal it has. */
  readonly likeness: number
}

const KINDS: readonly GoalName['kind'][] = ['goals', 'part', 'work', 'unknown', 'others']
const MOST_GUESSES = 5

/** What a database's tables could be mapped as. Somebody reads it before it is used, or asks for it without. */
export function proposedMappings(query: Query, except: (table: string) => boolean = () => false): Proposal {
  const tables = tablesOf(query).filter(({ name }) => !except(name))
  const left: string[] = []
  const candidates = tables.flatMap((facts) => candidateOf(facts, tables, left, query) ?? []).sort(byLikeness)
  const named = candidates.filter(({ called }) => called.kind === 'goals')
  const owners = new Map(named.map((one) => [one, ownerOf(one, named)]))
  const mappings = named.filter((one) => owners.get(one) === undefined)
  for (const [{ mapping }, owner] of owners) {
    if (owner)
      left.push(`${mapping.table}: its rows belong to those of ${owner}; map it too if they are goals of their own`)
  }
  const rest = candidates.filter((one) => !named.includes(one)).slice(0, MOST_GUESSES)
  const [most] = rest
  if (mappings.length === 0 && most && isLikely(most)) return { mappings: [most], guesses: rest.slice(1), left }
  return { mappings, guesses: mappings.length > 0 ? [] : rest, left }
}

/** Whether it has more of a goal than an id and a status, and is not named after people or content. */
function isLikely({ called, mapping: { columns } }: Candidate): boolean {
  const own = [columns.threadId, columns.tokensUsed, columns.tokenBudget, columns.timeUsedSeconds, columns.model]
  return called.kind !== 'others' && columns.objective !== undefined && (called.kind === 'work' || own.some(Boolean))
}

function candidateOf(
  facts: TableFacts,
  tables: readonly TableFacts[],
  left: string[],
  query: Query,
): Candidate | undefined {
  const called = goalNameOf(facts.name)
  if (isEnumeration(facts, tables)) return undefined
  const columns = goalColumns(facts)
  const status = columns && goalStatus(facts, query)
  if (columns === undefined || status === undefined) {
    const lack = columns === undefined ? 'no column that names a goal' : 'no column that says how a goal stands'
    if (called.kind === 'goals') left.push(`${facts.name}: it has ${lack}`)
    return undefined
  }
  // A flag or a time says too little in a table that may hold anything.
  if (called.kind !== 'goals' && !/stat|phase|stage|lifecycle/i.test(status.column)) return undefined
  const usage = usageTable(facts, columns, tables)
  const { goalId, threadId, ...more } = columns
  const mapped = { goalId, ...(threadId && { threadId }), status: status.column, ...more }
  const mapping = { table: facts.name, columns: mapped, statuses: status.statuses, ...(usage && { usage }) }
  const unknown = Object.keys(status.statuses).filter((word) => status.statuses[word] === UNKNOWN)
  const likeness = Object.keys(mapped).length + (usage ? 1 : 0)
  return {
    mapping,
    own: status.own,
    unknown,
    begins: status.begins,
    left: leftOut(facts, mapping),
    names: status.names,
    certain: called.kind === 'goals',
    facts,
    called,
    likeness,
  }
}

function byLikeness(one: Candidate, other: Candidate): number {
  const kind = ({ called }: Candidate) => KINDS.indexOf(called.kind)
  return (
    kind(one) - kind(other) ||
    (one.called.kind === 'goals' ? one.called.rank - other.called.rank : other.likeness - one.likeness) ||
    other.likeness - one.likeness ||
    one.called.rank - other.called.rank
  )
}

/** Another table of goals whose key is in each row of this one. */
function ownerOf({ facts, called }: Candidate, all: readonly Candidate[]): string | undefined {
  const owner = all.find((other) => {
    if (other.facts === facts || other.called.rank >= called.rank) return false
    const key = plainWord(other.mapping.table).replace(/s$/, '')
    const last = key.split('_').at(-1)
    const isKey = (column: string) => [`${key}_id`, `${last}_id`].includes(plainWord(column))
    return facts.columns.some(
      ({ name: column, references, pk }) => pk === 0 && (references?.table === other.facts.name || isKey(column)),
    )
  })
  return owner?.facts.name
}

/** A few names that another table's column refers to. */
function isEnumeration(facts: TableFacts, tables: readonly TableFacts[]): boolean {
  const last = plainWord(facts.name).split('_').at(-1) ?? ''
  if (/^(?:status|statuse|state|type|kind|phase)s?$/.test(last)) return true
  return tables.some(({ columns }) =>
    columns.some(({ name, references }) => references?.table === facts.name && /stat(?:e|us)/i.test(name)),
  )
}

/** Columns that say what a mapping has no place for. */
function leftOut(facts: TableFacts, { columns }: GoalTable): string[] {
  const used = new Set(Object.values(columns))
  return facts.columns.flatMap((column) => {
    const { name } = column
    if (used.has(name)) return []
    const plain = plainWord(name)
    if (/^(?:input|output|prompt|completion)_tokens$/.test(plain) && !columns.tokensUsed)
      return [`${name}: a part of the tokens, and a mapping adds nothing up`]
    if (/(?:duration|elapsed|time_used|runtime)\w*_(?:ms|millis|minutes)$/.test(plain) && !columns.timeUsedSeconds)
      return [`${name}: not in seconds`]
    if (plain === 'budget' && !columns.tokenBudget) return [`${name}: not a number of tokens, as its type says`]
    if (/^(?:failed|cancelled|canceled|abandoned)_(?:at|on)$/.test(plain) && /_(?:at|on)$/.test(columns.status))
      return [`${name}: another column than ${columns.status} would say how a goal stands`]
    return []
  })
}
