// The tests of all of vitest's runs, in one last line.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder] = process.argv.slice(2)
const total = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }
for (const file of readdirSync(folder)) {
  const result = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  for (const name of Object.keys(total)) total[name] += result[name]
}
const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = total
if (passed === 0) throw new Error(`no test has run that ${folder} knows of`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
