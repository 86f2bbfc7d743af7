import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { BETTER_SQLITE3, type Cell, DRIZZLE, HEADERS, NODE, nameOf, OPENTELEMETRY } from './cells.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const AGENTS = fileURLToPath(new URL('agents', import.meta.url))
/** Kept between runs: Node itself, what was compiled, and installs whose packages have not changed. */
const CACHE = join(ROOT, '.cache', 'matrix')
const ESBUILD = '0.28.2'
const YARN_VERSION = '4.18.1'
const API = '1.9.1'

export interface Installed {
  readonly folder: string
  /** The cell's own Node. */
  readonly node: string
  /** Node's first arguments. */
  readonly nodeArgs: readonly string[]
}

/** The package as it is published, so that users get what was tested. */
export async function pack(): Promise<string> {
  mkdirSync(CACHE, { recursive: true })
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', CACHE], { cwd: ROOT, env: npmEnv() })
  const [packed] = JSON.parse(stdout) as { filename: string }[]
  if (packed === undefined) throw new Error('npm pack lists no package')
  return join(CACHE, packed.filename)
}

/** A fresh folder with an app in it, installed as its author would: no --force, no --legacy-peer-deps. */
export async function install(cell: Cell, tarball: string): Promise<Installed> {
  const node = await nodeOf(NODE[cell.node])
  const folder = join(
    CACHE,
    'cells',
    nameOf(cell)
      .toLowerCase()
      .replaceAll(/[^\w.]+/g, '-'),
  )
  const own = cell.sqlite === 'node:sqlite'
  const dependencies = {
    ...OPENTELEMETRY[cell.openTelemetry],
    ...(cell.sqlite !== 'node:sqlite' && { 'better-sqlite3': BETTER_SQLITE3[cell.sqlite] }),
    ...(!cell.yarn && { esbuild: ESBUILD }),
    ...(cell.sqlite === 13 && !cell.yarn && { 'drizzle-orm': DRIZZLE }),
  }
  const app = JSON.stringify({ private: true, dependencies })
  const versions = JSON.stringify([NODE[cell.node], HEADERS[cell.node]])
  const key = createHash('sha256').update(app).update(versions).update(readFileSync(tarball)).digest('hex')
  const keyFile = join(folder, 'key')
  if (!existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), app)
    if (cell.yarn) await installWithYarn(node, folder, dependencies, tarball)
    // Scripts, which would download or compile better-sqlite3, run below, once a version.
    else await npm(node, folder, ['install', '--ignore-scripts', '--engine-strict', tarball])
    if (own && existsSync(join(folder, 'node_modules', 'better-sqlite3')))
      throw new Error('no cell needs better-sqlite3')
    await compile(cell, node, folder)
    writeFileSync(keyFile, key)
  }
  for (const name of readdirSync(AGENTS)) {
    const text = readFileSync(join(AGENTS, name), 'utf8')
    writeFileSync(join(folder, name), own ? onNodeSqlite(text) : text)
  }
  if (cell.yarn) return { folder, node, nodeArgs: YARN_NODE_ARGS }
  for (const format of ['mjs', 'cjs']) await bundle(node, folder, format)
  return { folder, node, nodeArgs: [] }
}

/** The same agent on `node:sqlite`. */
function onNodeSqlite(agent: string): string {
  return agent
    .replace("import Database from 'better-sqlite3'", "import { DatabaseSync as Database } from 'node:sqlite'")
    .replace("const Database = require('better-sqlite3')", "const { DatabaseSync: Database } = require('node:sqlite')")
}

async function nodeOf(version: string): Promise<string> {
  const folder = join(CACHE, 'nodes', version)
  const node = join(folder, 'node_modules', 'node', 'bin', 'node')
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }))
    await npm(process.execPath, folder, ['install', `node@${version}`])
  }
  return node
}

/** better-sqlite3 13 brings its binaries; those of 11 and 12 are compiled, as where none can be downloaded. */
async function compile({ node: line, sqlite }: Cell, node: string, folder: string): Promise<void> {
  if (sqlite === 'node:sqlite' || sqlite >= 13) return
  const built = join(folder, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node')
  const kept = join(CACHE, 'native', `better-sqlite3-${BETTER_SQLITE3[sqlite]}-node-${HEADERS[line]}.node`)
  if (!existsSync(kept)) {
    const home = dirname(dirname(await nodeOf(HEADERS[line])))
    const headers = join(home, 'node_modules', `node-${process.platform}-${process.arch}`)
    await npm(node, folder, ['rebuild', 'better-sqlite3'], { npm_config_nodedir: headers })
    mkdirSync(dirname(kept), { recursive: true })
    cpSync(built, kept)
  }
  cpSync(kept, built)
}

/** What `yarn node` starts Node with. */
const YARN_NODE_ARGS = ['--require', './.pnp.cjs', '--experimental-loader', './.pnp.loader.mjs']

/** As `yarn add` does: with the API named, which npm installs as a peer unasked. */
async function installWithYarn(
  node: string,
  folder: string,
  dependencies: Readonly<Record<string, string>>,
  tarball: string,
): Promise<void> {
  const home = join(CACHE, 'yarn')
  const yarn = join(home, 'node_modules', '@yarnpkg', 'cli-dist', 'bin', 'yarn.js')
  if (!existsSync(yarn)) {
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }))
    await npm(process.execPath, home, ['install', `@yarnpkg/cli-dist@${YARN_VERSION}`])
  }
  const app = {
    private: true,
    dependencies: { '@opentelemetry/api': API, ...dependencies, goaltrace: `file:${tarball}` },
  }
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: folder, env: npmEnv() })
  const registry = new URL(stdout.trim())
  const settings = {
    nodeLinker: 'pnp',
    globalFolder: join(home, 'global'),
    npmRegistryServer: registry.href,
    ...(registry.protocol === 'http:' && { unsafeHttpWhitelist: [registry.hostname] }),
    enableScripts: false,
    enableTelemetry: false,
    enableImmutableInstalls: false,
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(app))
  // Of this folder, whatever lies above it.
  writeFileSync(join(folder, 'yarn.lock'), '')
  // JSON is YAML.
  writeFileSync(join(folder, '.yarnrc.yml'), JSON.stringify(settings))
  await run(node, [yarn, 'install'], { cwd: folder, env: npmEnv() })
  if (existsSync(join(folder, 'node_modules'))) throw new Error('Yarn has made node_modules')
}

async function bundle(node: string, folder: string, format: string): Promise<void> {
  const esbuild = join('node_modules', 'esbuild', 'bin', 'esbuild')
  const as = format === 'mjs' ? 'esm' : 'cjs'
  const options = ['--bundle', '--platform=node', `--format=${as}`, '--external:better-sqlite3', '--log-level=error']
  await run(node, [esbuild, `agent.${format}`, ...options, `--outfile=bundle.${format}`], { cwd: folder })
}

async function npm(node: string, cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const path = `${dirname(node)}:${process.env.PATH}`
  const { stderr } = await run('npm', [...args, '--no-audit', '--no-fund'], {
    cwd,
    env: { ...npmEnv(), PATH: path, ...env },
  })
  if (/ERESOLVE|EBADENGINE/.test(stderr)) throw new Error(`npm ${args[0]} in ${cwd} warns: ${stderr}`)
}

/** Without what `npm run` itself has set, which is of this repository. */
function npmEnv(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name)))
}
