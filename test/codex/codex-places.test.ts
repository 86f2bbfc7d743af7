import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { codexPlaces, goalDatabases, isRolloutOf, rolloutFolders } from '../../src/codex/codex-places.ts'

describe('the databases of a Codex', () => {
  it('are in its home, which is ~/.codex, and where older versions kept them', () => {
    const user = folder()
    const home = join(user, '.codex')
    expect(codexPlaces({}, user, read)).toEqual({
      home,
      databases: [home, join(home, 'sqlite')],
      sessions: join(home, 'sessions'),
      archivedSessions: join(home, 'archived_sessions'),
    })
    expect(codexPlaces({ CODEX_HOME: '' }, user, read).home).toBe(home)
  })

  it.each([
    ['CODEX_SQLITE_HOME', '', '/from/env'],
    ['sqlite_home of config.toml before that', 'sqlite_home = "/from/config" # here', '/from/config'],
    ['sqlite_home with escapes', 'sqlite_home = "/from\\u002fconfig"', '/from/config'],
    ['sqlite_home with a literal', "sqlite_home = '/from/config'", '/from/config'],
    [
      'sqlite_home of the profile in use before both',
      'profile = "work"\nsqlite_home = "/from/config"\n[profiles.home]\nsqlite_home = "/no"\n[ profiles . "work" ]\nsqlite_home = "/from/profile"',
      '/from/profile',
    ],
    ['CODEX_SQLITE_HOME where only another profile names one', '[profiles.work]\nsqlite_home = "/no"', '/from/env'],
    ['CODEX_SQLITE_HOME where another table has the word', '[mcp_servers.x]\nsqlite_home = "/no"', '/from/env'],
    ['CODEX_SQLITE_HOME where a text has the word', 'instructions = """\nsqlite_home = "/no"\n"""', '/from/env'],
    ['CODEX_SQLITE_HOME where a list of tables has it', '[[hooks]]\nsqlite_home = "/no"', '/from/env'],
  ])('are where %s says', (_, config, first) => {
    const home = folder()
    writeFileSync(join(home, 'config.toml'), config)
    const env = { CODEX_HOME: home, CODEX_SQLITE_HOME: '/from/env' }
    const { databases } = codexPlaces(env, '/home/user', read)
    expect(databases[0]).toBe(first)
    // Another Codex may run without this variable.
    expect(databases).toEqual(expect.arrayContaining(['/from/env', home, join(home, 'sqlite')]))
  })

  it.each([
    ['~/goals', '/home/user/goals'],
    ['goals', 'HOME/goals'],
  ])('are in %s, from the user or the config file on', (written, found) => {
    const home = folder()
    writeFileSync(join(home, 'config.toml'), `sqlite_home = "${written}"`)
    const { databases } = codexPlaces({ CODEX_HOME: home }, '/home/user', read)
    expect(databases[0]).toBe(found.replace('HOME', home))
  })

  it('have these names', () => {
    const others = ['goals_1.sqlite-wal', 'logs_1.sqlite', 'goals.db', 'goals.sqlite', 'state_5.sqlite']
    expect(goalDatabases(['goals_1.sqlite', 'goals_2.sqlite', ...others])).toEqual(['goals_1.sqlite', 'goals_2.sqlite'])
    expect(goalDatabases(others)).toEqual(['state_5.sqlite'])
  })
})

describe('the rollout of a thread', () => {
  const thread = '01a2239b-dba1-7a43-8079-cba808f123ab'

  it('is in the folder of the day of its id, wherever on earth that day was', () => {
    expect(rolloutFolders(thread).sort()).toEqual(['2026/11/27', '2026/11/28', '2026/11/29'])
    expect(rolloutFolders('b9b1c6a4-0d8f-4a53-9c50-6f9f9a3d2d11')).toEqual([])
    expect(rolloutFolders('../../x')).toEqual([])
  })

  it('ends with its id', () => {
    const name = `rollout-2026-11-28T19-22-27-${thread}.jsonl`
    expect(isRolloutOf(thread, name)).toBe(true)
    expect(isRolloutOf('f123ab', name.replace(thread, `x${thread}`))).toBe(false)
    expect(isRolloutOf(thread, `${name}.tmp`)).toBe(false)
  })
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'goaltrace-codex-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
