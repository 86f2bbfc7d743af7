import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateDirectory } from '../../base/state-directory.ts'
import type { ClaimedGlobs } from '../../files/claimed-globs.ts'
import { rooted } from '../../files/rooted-glob.ts'
import type { Glob } from '../../mapping/glob.ts'
import { isOverlap } from '../../mapping/glob-overlap.ts'
import { DrainLock } from '../../outbox/drain-lock.ts'
import { stateFile } from '../../outbox/outbox-file.ts'
import { pause } from '../../watch/pause.ts'
import { Failure } from './command.ts'
import { open } from './outbox-of-file.ts'

/** What a process follows, kept where others can read it. */
interface Claim {
  readonly name: string
  /** See OwnFile, whose lock shows whether the process still runs. */
  readonly key: string
  readonly globs: readonly Glob[]
}

/** Attempts to be the only process that reads and writes claims, and milliseconds between two. */
const TRIES = 100
const PAUSE_MS = 20

/**
 * Has the entries of files that no other process follows. Where two may match one file, the process that came first has it, and the
 * other leaves the whole entry to it: what is followed does not change while a process runs.
 * @param own The keys of this process: its own entries do not exclude each other, since it decides for each file.
 * @throws {Failure} where another process keeps all from claiming; two might follow one file then.
 * @returns of each entry, what the user calls the one that has it; undefined where it is this one's.
 */
export function claimEntries(
  { name, key }: Pick<Claim, 'name' | 'key'>,
  entries: readonly ClaimedGlobs[],
  own: readonly string[],
): (string | undefined)[] {
  const lock = new DrainLock('#globs', open)
  for (let tries = 0; !lock.tryAcquire(); tries++) {
    if (tries === TRIES) throw new Failure(inUse(name))
    pause(PAUSE_MS)
  }
  try {
    const others = claims().filter((claim) => claim.key !== key && !own.includes(claim.key) && isHeld(claim))
    const real = entries.map(({ globs }) => globs.map(rooted))
    const owners = real.map((globs) => others.find((other) => overlaps(globs, other.globs))?.name)
    const globs = real.filter((_, n) => owners[n] === undefined).flat()
    writeFileSync(stateFile(key, 'globs'), JSON.stringify({ name, key, globs } satisfies Claim), { mode: 0o600 })
    return owners
  } finally {
    lock.release()
  }
}

function inUse(name: string): string {
  const file = stateFile('#globs', 'lock')
  return `${name}: which process follows which files cannot be settled, as another one has ${file} locked: end that process, or wait for it, and try again.`
}

/** Leaves the files to others. */
export function releaseEntries(key: string): void {
  rmSync(stateFile(key, 'globs'), { force: true })
}

function overlaps(some: readonly Glob[], others: readonly Glob[]): boolean {
  return some.some((one) => others.some((other) => isOverlap(one, other)))
}

function claims(): Claim[] {
  const folder = stateDirectory()
  return readdirSync(folder)
    .filter((name) => name.endsWith('.globs'))
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(folder, name), 'utf8')) as Claim]
      } catch {
        // It is half written by a process that was killed.
        return []
      }
    })
}

function isHeld({ key }: Claim): boolean {
  const lock = new DrainLock(`${key}#watch`, open)
  if (!lock.tryAcquire()) return true
  lock.release()
  releaseEntries(key)
  return false
}
