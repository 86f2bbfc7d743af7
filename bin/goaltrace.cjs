#!/usr/bin/env node
// Syntax that an old Node can read, to be told what to type instead of failing.
'use strict'

/**
 * Why goaltrace cannot run here, in one sentence, or undefined.
 * @param {string} node its version
 * @param {string | undefined} sqlite better-sqlite3's version, where it is installed
 */
function refusal(node, sqlite) {
  const [major, minor] = node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) {
    return `goaltrace needs Node 20.19 or newer, and this is Node ${node}: type \`nvm install 24\`, or see https://nodejs.org/en/download`
  }
  // better-sqlite3 13 crashes the process there; nothing can catch that.
  if (major < 22 && sqlite !== undefined && Number.parseInt(sqlite, 10) >= 13) {
    return `better-sqlite3 ${sqlite} needs Node 22 or newer, and this is Node ${node}: type \`npm i better-sqlite3@12\`, which runs on both`
  }
  return undefined
}

/** What needs no SQLite: it asks a backend, or prints. */
const WITHOUT_SQLITE = ['goals', 'goal', 'collector', 'help', '--help', '-h', '--version', '-v']

function sqliteVersion() {
  try {
    return require('better-sqlite3/package.json').version
  } catch (_) {
    // Not installed: the commands that need it say so.
    return undefined
  }
}

function fail(message) {
  process.stderr.write(`goaltrace: ${message}\n`)
  process.exitCode = 1
}

function start() {
  const [command = '--help', ...rest] = process.argv.slice(2)
  const isFree = WITHOUT_SQLITE.includes(command) || rest.some((argument) => /^(?:--help|-h)$/.test(argument))
  const reason = refusal(process.versions.node, isFree ? undefined : sqliteVersion())
  if (reason) return fail(reason)
  // Required, not imported: Node's loader of ES modules takes memory, and this process may run for months.
  const { main } = require('../dist/cli.cjs')
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code
    },
    (error) => fail(error.stack || error),
  )
}

if (require.main === module) start()
else module.exports = { refusal }
