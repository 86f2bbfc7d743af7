/** Writes docs/demo.svg, a picture of what `goaltrace demo` prints: `npm run build && node scripts/screenshot.ts`. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { terminalSvg } from './terminal-svg.ts'

const ROOT = join(import.meta.dirname, '..')
/** Event lines that the picture shows; a terminal shows the others too. */
const LAST_EVENTS = 14

const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/goaltrace.cjs', 'demo', '--once'], {
  cwd: ROOT,
  env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined },
  encoding: 'utf8',
})
if (status !== 0) throw new Error(`goaltrace demo ended with exit code ${status}: ${stderr}`)

// The page's address differs each time.
const [introduction = '', , , heading = '', ...rest] = stdout.trimEnd().split('\n')
const end = rest.indexOf('')
const events = rest.slice(0, end)
const shown = [
  '\u001b[2m$\u001b[22m npx goaltrace demo',
  introduction,
  '',
  heading,
  `\u001b[2m${'⋮'.padStart(5)}${' '.repeat(4)}${events.length - LAST_EVENTS} events before\u001b[22m`,
  ...events.slice(-LAST_EVENTS),
  ...rest.slice(end),
]
writeFileSync(join(ROOT, 'docs/demo.svg'), terminalSvg(shown, 'goaltrace demo'))
