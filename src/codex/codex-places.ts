import { basename, join, resolve } from 'node:path'
import { tomlStrings } from './toml-strings.ts'

/** Where a Codex keeps its files. */
export interface CodexPlaces {
  readonly home: string
  /**
   * Folders that may hold its databases, the one that it uses now first. The others are those of older versions, and of a Codex
   * that was started without this environment.
   */
  readonly databases: readonly string[]
  /** Folders of rollouts: by day, and all in one. */
  readonly sessions: string
  readonly archivedSessions: string
}

/**
 * Codex's own way to its files: CODEX_HOME, else `~/.codex`; its databases in `sqlite_home` of the profile in use or of
 * config.toml, else in CODEX_SQLITE_HOME, else in the home.
 * @param homedir The user's.
 * @param read A file's text; undefined where there is none.
 */
export function codexPlaces(
  env: Readonly<Record<string, string | undefined>>,
  homedir: string,
  read: (path: string) => string | undefined,
): CodexPlaces {
  const home = resolve(env.CODEX_HOME || join(homedir, '.codex'))
  const config = tomlStrings(read(join(home, 'config.toml')) ?? '')
  const profile = config.get('profile')
  const ofProfile = profile === undefined ? undefined : config.get(`profiles.${profile}.sqlite_home`)
  const configured = ofProfile || config.get('sqlite_home')
  const folders = [
    configured &&
      resolve(
        home,
        configured.replace(/^~(?=$|[/\\])/, () => homedir),
      ),
    env.CODEX_SQLITE_HOME && resolve(env.CODEX_SQLITE_HOME),
    home,
    join(home, 'sqlite'),
  ]
  return {
    home,
    databases: [...new Set(folders.filter((folder) => typeof folder === 'string' && folder !== '') as string[])],
    sessions: join(home, 'sessions'),
    archivedSessions: join(home, 'archived_sessions'),
  }
}

/**
 * Which of a folder's files have goals: before 0.14x they were in the state's database, which a newer Codex goes on
 * using without them.
 */
export function goalDatabases(names: readonly string[]): string[] {
  const named = (kind: string) => names.filter((name) => new RegExp(`^${kind}_\\d+\\.sqlite$`).test(name))
  const goals = named('goals')
  return goals.length > 0 ? goals : named('state')
}

/** Whether a file is named as a database of goals, and not of the state, which had them before. */
export function holdsOnlyGoals(path: string): boolean {
  return basename(path).startsWith('goals_')
}

/** Whether a file is named as one of them. */
export function isCodexDatabase(path: string): boolean {
  return goalDatabases([basename(path)]).length > 0
}

const DAY_MS = 86_400_000

/**
 * The folders of `sessions` that may have a thread's rollout, so that the others, thousands of them, are not read: its
 * id begins with the time at which it was made (UUID version 7), and the folders are named after the local day.
 * @returns none for an id of another form.
 */
export function rolloutFolders(threadId: string): string[] {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/.test(threadId)) return []
  const madeAt = Number.parseInt(threadId.replace('-', '').slice(0, 12), 16)
  return [0, -DAY_MS, DAY_MS].map((off) => {
    const [year = '', month = '', day = ''] = new Date(madeAt + off).toISOString().slice(0, 10).split('-')
    return join(year, month, day)
  })
}

/** Whether a file of that name is a thread's rollout. */
export function isRolloutOf(threadId: string, name: string): boolean {
  return name.startsWith('rollout-') && name.endsWith(`-${threadId}.jsonl`)
}
