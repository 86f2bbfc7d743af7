// Statements that do not concern goaltrace, on a connection of a patched class and on one of an unpatched class:
// node --import goaltrace/register bench/processes/untouched.ts ROUNDS
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { median, shuffled } from '../figures.ts'
import { scratchFolder } from './child.ts'
import { copyOfBetterSqlite3 } from './copy-of-better-sqlite3.ts'

const rounds = Number(process.argv[2])
const REPEATS = 10_000
const GOALS = 50

const folder = scratchFolder()
const Bare = copyOfBetterSqlite3(folder)

type Work = (index: number) => unknown

function works(Class: typeof Database, name: string): Record<string, Work> {
  const open = (which: string) => {
    const database = new Class(join(folder, `${name}-${which}.sqlite`))
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
    database.exec(`INSERT INTO notes VALUES (1, 'first')`)
    return database
  }
  const goals = open('goals')
  goals.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY, goal_id TEXT, status TEXT, tokens_used INTEGER)')
  const take = goals.prepare(`INSERT INTO thread_goals VALUES (?, 'goal', 'active', 0)`)
  for (let n = 0; n < GOALS; n++) take.run(`thread-${n}`)
  const others = open('others')
  const one = goals.prepare('SELECT * FROM thread_goals WHERE thread_id = ?')
  const all = goals.prepare('SELECT * FROM thread_goals')
  const note = goals.prepare('UPDATE notes SET text = ? WHERE id = 1')
  const other = others.prepare('UPDATE notes SET text = ? WHERE id = 1')
  const otherOne = others.prepare('SELECT * FROM notes WHERE id = ?')
  return {
    'SELECT of a goal': (index) => one.get(`thread-${index % GOALS}`),
    [`SELECT of ${GOALS} goals`]: (index) => index % 20 === 0 && all.all(),
    'UPDATE in another database': (index) => other.run(`note ${index}`),
    'SELECT in another database': () => otherOne.get(1),
    'UPDATE of another table beside goals': (index) => note.run(`note ${index}`),
    'SELECT of a goal, prepared each time': (index) =>
      index % 5 === 0 && goals.prepare('SELECT * FROM thread_goals WHERE thread_id = ?').get('thread-1'),
  }
}

const [bare, observed] = [works(Bare, 'bare'), works(Database, 'observed')]
const figures: Record<string, { ratio: number; us: number; bareUs: number }> = {}
for (const what of Object.keys(bare)) {
  const times = { bare: [] as number[], observed: [] as number[] }
  for (let round = -5; round < rounds; round++) {
    for (const way of shuffled(['bare', 'observed'] as const)) {
      const work = (way === 'bare' ? bare : observed)[what] as Work
      const startedAt = performance.now()
      for (let index = 0; index < REPEATS; index++) work(index)
      if (round >= 0) times[way].push(((performance.now() - startedAt) * 1000) / REPEATS)
    }
  }
  figures[what] = {
    ratio: median(times.observed.map((us, round) => us / (times.bare[round] ?? Number.NaN))),
    us: median(times.observed),
    bareUs: median(times.bare),
  }
}
console.log(JSON.stringify(figures))
