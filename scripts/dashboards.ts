/** Writes Grafana's dashboards; with --check it reports files that are out of date with scripts/dashboards/. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { goals } from './dashboards/goals.ts'
import { oneGoal } from './dashboards/one-goal.ts'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'collector/grafana/dashboards')
const check = process.argv.includes('--check')

mkdirSync(folder, { recursive: true })
for (const [name, dashboard] of Object.entries({ 'goals.json': goals, 'one-goal.json': oneGoal })) {
  const path = join(folder, name)
  // Formatted as the repository formats JSON, so that its format check passes too.
  const text = execFileSync(join(root, 'node_modules/.bin/biome'), ['format', `--stdin-file-path=${name}`], {
    cwd: root,
    input: JSON.stringify(dashboard, null, 2),
    encoding: 'utf8',
  })
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not what scripts/dashboards/ gives. Run: node scripts/dashboards.ts`)
    process.exitCode = 1
  }
}
