// An agent without goals, to measure the cost of starting.
import { writeSync } from 'node:fs'

writeSync(1, JSON.stringify({ ms: performance.now(), rss: process.memoryUsage.rss() }))
