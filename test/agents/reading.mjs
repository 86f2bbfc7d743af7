// An agent that only reads its goals: node reading.mjs FILE OPTIONS close|stay.
import Database from 'better-sqlite3'

const [file, options, how] = process.argv.slice(2)
const db = new Database(file, JSON.parse(options))
console.log(db.prepare('SELECT count(*) AS count FROM thread_goals').get().count)
if (how === 'close') db.close()
setInterval(() => {}, 1000)
