import { goalColumns } from './goal-columns.ts'
import { type GoalName, goalNameOf } from './goal-names.ts'
import { goalStatus } from './goal-status.ts'
import { type GoalTable, UNKNOWN } from './goal-table.ts'
import { plainWord } from './status-words.ts'
import { type Query, type TableFacts, tablesOf } from './table-facts.ts'
import { usageTable } from './usage-table.ts'

export interface ProposedMapping {
  readonly mapping: GoalTable
  /** Words of its status column whose meaning only the agent's author knows; `?` in the mapping. */
  readonly unknown: readonly string[]
  /** What of the table looks as if it mattered, and is not mapped. */
  readonly left: readonly string[]
  /** Whether what its words mean is in a table that is empty yet. */
  readonly waits: boolean
  /** Whether it is called as goals are. */
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

interface Candidate extends ProposedMapping {
  readonly facts: TableFacts
  readonly name: GoalName
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
  const named = candidates.filter(({ name }) => name.kind === 'goals')
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

/** Whether something of a goal's is in it besides an id and a status, and people and content are not what it is called after. */
function isLikely({ name, mapping: { columns } }: Candidate): boolean {
  const own = [columns.threadId, columns.tokensUsed, columns.tokenBudget, columns.timeUsedSeconds, columns.model]
  return name.kind !== 'others' && columns.objective !== undefined && (name.kind === 'work' || own.some(Boolean))
}

function candidateOf(
  facts: TableFacts,
  tables: readonly TableFacts[],
  left: string[],
  query: Query,
): Candidate | undefined {
  const name = goalNameOf(facts.name)
  if (isEnumeration(facts, tables)) return undefined
  const columns = goalColumns(facts)
  const status = columns && goalStatus(facts, query)
  if (columns === undefined || status === undefined) {
    const lack = columns === undefined ? 'no column that names a goal' : 'no column that says how a goal stands'
    if (name.kind === 'goals') left.push(`${facts.name}: it has ${lack}`)
    return undefined
  }
  // A flag or a time says too little in a table that may hold anything.
  if (name.kind !== 'goals' && !/stat|phase|stage|lifecycle/i.test(status.column)) return undefined
  const usage = usageTable(facts, columns, tables)
  const { goalId, threadId, ...more } = columns
  const mapped = { goalId, ...(threadId && { threadId }), status: status.column, ...more }
  const mapping = { table: facts.name, columns: mapped, statuses: status.statuses, ...(usage && { usage }) }
  const unknown = Object.keys(status.statuses).filter((word) => status.statuses[word] === UNKNOWN)
  const likeness = Object.keys(mapped).length + (usage ? 1 : 0)
  return {
    mapping,
    unknown,
    left: leftOut(facts, mapping),
    waits: status.waits,
    certain: name.kind === 'goals',
    facts,
    name,
    likeness,
  }
}

function byLikeness(one: Candidate, other: Candidate): number {
  const kind = ({ name }: Candidate) => KINDS.indexOf(name.kind)
  return (
    kind(one) - kind(other) ||
    (one.name.kind === 'goals' ? one.name.rank - other.name.rank : other.likeness - one.likeness) ||
    other.likeness - one.likeness ||
    one.name.rank - other.name.rank
  )
}

/** Another table of goals whose key is in each row of this one. */
function ownerOf({ facts, name }: Candidate, all: readonly Candidate[]): string | undefined {
  const owner = all.find((other) => {
    if (other.facts === facts || other.name.rank >= name.rank) return false
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
