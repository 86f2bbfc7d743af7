import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The size of what `npm i goaltrace` installs, in kilobytes of 1000 bytes; exit code 1 where it is above the limit:
 * node scripts/package-size.ts.
 */
const MOST_PACKED_KB = 920
const MOST_UNPACKED_KB = 3260
/** Half of it is uPlot, which is loaded late; sorting, ranges, export, money and the palette took 20 kB. */
const MOST_PAGE_KB = 155

interface Packed {
  readonly size: number
  readonly unpackedSize: number
  readonly entryCount: number
}

const output = execFileSync('npm', ['pack', '--dry-run', '--json'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
})
const [packed] = JSON.parse(output) as Packed[]
if (packed === undefined) throw new Error('npm pack lists no package')
const sizes = [
  { what: 'packed', kb: packed.size / 1000, most: MOST_PACKED_KB },
  { what: 'unpacked', kb: packed.unpackedSize / 1000, most: MOST_UNPACKED_KB },
  { what: 'the page', kb: bytesIn('dist/page') / 1000, most: MOST_PAGE_KB },
]
for (const { what, kb, most } of sizes) {
  const verdict = kb <= most ? '' : ': too much'
  console.log(`${what} ${kb.toFixed(0)} kB of at most ${most} kB${verdict}`)
}
console.log(`in ${packed.entryCount} files`)
process.exitCode = sizes.some(({ kb, most }) => kb > most) ? 1 : 0

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
}
