// An agent without goals, for what starting costs.
import { writeSync } from 'node:fs'

writeSync(1, JSON.stringify({ ms: performance.now(), rss: process.memoryUsage.rss() }))
