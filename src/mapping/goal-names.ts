import { plainWord } from './plain-word.ts'

/** What tables of goals are called, the likeliest first. */
const GOALS = ['goal', 'objective', 'task', 'mission', 'plan', 'quest', 'todo', 'to_do']
/** What agents also call what they pursue. One of these alone is a guess. */
const WORK = [
  ...['job', 'run', 'work', 'item', 'assignment', 'ticket', 'issue', 'request', 'intent', 'project', 'workflow'],
  ...['execution', 'session', 'thread', 'conversation', 'process', 'story', 'activity', 'agent', 'step'],
]
/** People and content have a status as well, and are no goals. */
const OTHERS = [
  ...['user', 'account', 'customer', 'profile', 'member', 'person', 'people', 'team', 'company', 'contact', 'lead'],
  ...['content', 'post', 'article', 'page', 'document', 'doc', 'file', 'image', 'video', 'media', 'message', 'comment'],
  ...['note', 'email', 'notification', 'order', 'payment', 'invoice', 'product', 'transaction', 'subscription'],
  ...['category', 'tag', 'setting', 'device', 'webhook', 'migration', 'schema', 'checkpoint', 'memory', 'log', 'event'],
]
/** What is kept about goals and is not itself a goal. */
const PARTS = [
  ...['event', 'history', 'log', 'audit', 'revision', 'version', 'snapshot', 'comment', 'note', 'message', 'result'],
  ...[
    'usage',
    'cost',
    'metric',
    'dependency',
    'link',
    'tag',
    'attempt',
    'execution',
    'run',
    'step',
    'item',
    'milestone',
  ],
  ...['progress', 'criterion', 'criteria', 'evidence', 'artifact', 'status', 'state', 'type', 'category', 'template'],
]

/** How likely a table holds goals, by its name alone. */
export interface GoalName {
  readonly kind: 'goals' | 'part' | 'work' | 'unknown' | 'others'
  /** From 0, the likeliest; within its kind. */
  readonly rank: number
}

export function goalNameOf(table: string): GoalName {
  const parts = plainWord(table).split('_').filter(Boolean).map(singular)
  const words = parts.filter((part) => !/^(?:v?\d+|tbl|table|list|store|data)$/.test(part))
  const last = words.at(-1) ?? ''
  const goal = GOALS.indexOf(plainWord(words.slice(-2).join('_')) === 'to_do' ? 'to_do' : last)
  if (goal >= 0) return { kind: 'goals', rank: goal }
  const within = GOALS.findIndex((name) => words.includes(name))
  if (within >= 0) return { kind: PARTS.includes(last) ? 'part' : 'goals', rank: GOALS.length + within }
  if (OTHERS.includes(last)) return { kind: 'others', rank: 0 }
  const work = WORK.indexOf(last)
  return work >= 0 ? { kind: 'work', rank: work } : { kind: 'unknown', rank: 0 }
}

/** Of a table's last word: `goal` for `agent_goals`. */
export function singularOf(table: string): string {
  return singular(plainWord(table).split('_').at(-1) ?? '')
}

function singular(word: string): string {
  if (/(?:status|progress|process|ss)$/.test(word)) return word
  if (word.endsWith('statuses') || word.endsWith('processes')) return word.slice(0, -2)
  if (word.endsWith('stories') || word.endsWith('ies')) return `${word.slice(0, -3)}y`
  return word.endsWith('s') ? word.slice(0, -1) : word
}
