/**
 * Appends entries of a goal to sessions, 200 lines a second, until it is killed: node session-writer.mjs FOLDER. An entry may
 * be written in two halves; one that a killed writer left half is cut off at the next start, and one session is then
 * written anew in place, as agents do that bring a file to a newer version.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'

const [folder] = process.argv.slice(2)
const SESSIONS = 3
const PER_TICK = 2
const TICK_MS = 10

mkdirSync(folder, { recursive: true })
const sessions = Array.from({ length: SESSIONS }, (_, n) => begin(`s${n}`))
if (sessions[0].tokens > 1) writeFileSync(sessions[0].path, readFileSync(sessions[0].path))
process.stdout.write('ready\n')

let turn = 0
setInterval(() => {
  for (let n = 0; n < PER_TICK; n++) spend(sessions[turn++ % SESSIONS])
}, TICK_MS)

function begin(id) {
  const path = `${folder}/${id}.jsonl`
  if (!existsSync(path)) append(path, { type: 'session', id, timestamp: now() })
  const text = readFileSync(path, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole))
  const session = { id, path, tokens: whole.split('\n').length - 2 }
  if (session.tokens === 0) spend(session)
  return session
}

function spend(session) {
  const { id, tokens } = session
  const goal = { goalId: `g-${id}`, status: 'active', tokensUsed: tokens }
  const data = tokens === 0 ? { action: 'set', goal } : { action: 'usage', ...goal }
  append(session.path, { type: 'custom', customType: 'goal', data, id: `${id}-${tokens}`, timestamp: now() })
  session.tokens++
}

function append(path, entry) {
  const line = `${JSON.stringify(entry)}\n`
  const half = Math.random() < 0.3 ? Math.floor(line.length / 2) : line.length
  appendFileSync(path, line.slice(0, half))
  if (half < line.length) appendFileSync(path, line.slice(half))
}

function now() {
  return new Date().toISOString()
}
