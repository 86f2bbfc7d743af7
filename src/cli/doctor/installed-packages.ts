import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface InstalledPackage {
  readonly version: string
  /** Its folder, without links. */
  readonly path: string
}

/** What `require(name)` finds from a folder. */
export function resolvedPackage(name: string, from: string): InstalledPackage | undefined {
  for (const modules of nodeModules(from)) {
    const found = packageIn(modules, name)
    if (found) return found
  }
  return undefined
}

/** All copies of a package that programs in a folder can meet, nested ones too. */
export function copiesOf(name: string, from: string): InstalledPackage[] {
  const copies = new Map<string, InstalledPackage>()
  const seen = new Set<string>()
  const look = (modules: string) => {
    const real = existsSync(modules) ? realpathSync(modules) : undefined
    if (real === undefined || seen.has(real)) return
    seen.add(real)
    const found = packageIn(modules, name)
    if (found) copies.set(found.path, found)
    for (const folder of packageFolders(modules)) look(join(folder, 'node_modules'))
  }
  nodeModules(from).forEach(look)
  return [...copies.values()]
}

/** Whether the nearest package.json asks for it: others may need it themselves, as goaltrace does. */
export function asksFor(name: string, folder: string): boolean {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return dirname(folder) !== folder && asksFor(name, dirname(folder))
  const { dependencies, devDependencies } = JSON.parse(readFileSync(file, 'utf8'))
  return name in { ...dependencies, ...devDependencies }
}

/** From a folder upwards, as Node looks (https://nodejs.org/api/modules.html#loading-from-node_modules-folders). */
function nodeModules(from: string): string[] {
  const above = dirname(from)
  return [join(from, 'node_modules'), ...(above === from ? [] : nodeModules(above))]
}

/** pnpm keeps the real ones in `.pnpm/NAME@VERSION/node_modules`. */
function packageFolders(modules: string): string[] {
  return readdirSync(modules).flatMap((entry) => {
    const folder = join(modules, entry)
    if (entry.startsWith('@') || entry === '.pnpm') {
      return readdirSync(folder).map((inner) => join(folder, inner))
    }
    return entry.startsWith('.') ? [] : [folder]
  })
}

function packageIn(modules: string, name: string): InstalledPackage | undefined {
  const folder = join(modules, name)
  try {
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return { version: String(version), path: realpathSync(folder) }
  } catch {
    return undefined
  }
}
