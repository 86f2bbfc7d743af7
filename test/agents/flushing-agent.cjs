// An agent in CommonJS that observes its database itself and waits for the delivery: node flushing-agent.cjs FILE
const Database = require('better-sqlite3')
const { observeGoals } = require('goaltrace')

const db = new Database(process.argv[2])
db.exec('CREATE TABLE thread_goals (thread_id TEXT PRIMARY KEY, goal_id TEXT, status TEXT)')
const observation = observeGoals(db)
db.exec(`INSERT INTO thread_goals VALUES ('t', 'g', 'active')`)
observation.flush().then(() => console.log('delivered'))
