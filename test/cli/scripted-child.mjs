/** A child that does what its first argument names, for test/cli/codex-app-server.test.ts. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { closeSync, readFileSync, writeSync } from 'node:fs'
import process from 'node:process'

const [mode, argument] = process.argv.slice(2)
const MODES = {
  echo() {
    process.stdin.pipe(process.stdout)
    process.stderr.write('an error of its own\n')
  },
  hash() {
    const hash = createHash('sha256')
    process.stdin.on('data', (piece) => hash.update(piece)).on('end', () => process.stdout.write(hash.digest('hex')))
  },
  'ends with 7'() {
    process.stdout.write('last words', () => process.exit(7))
  },
  'kills itself'() {
    process.kill(process.pid, 'SIGKILL')
  },
  'ends on a signal'() {
    process.on('SIGTERM', () => process.exit(9))
    process.stdin.resume().on('end', () => {})
    setInterval(() => {}, 1000)
    process.stdout.write('ready\n')
  },
  'dies of a signal'() {
    setInterval(() => {}, 1000)
    process.stdout.write('ready\n')
  },
  'closes its output'() {
    writeSync(1, 'all that it says\n')
    closeSync(1)
    process.stdin.resume().on('end', () => process.exit(3))
  },
  'closes its input'() {
    closeSync(0)
    setInterval(() => {}, 1000)
    process.stdout.write('ready\n')
  },
  'answers after the end'() {
    process.stdin.resume().on('end', () => setTimeout(() => process.stdout.write('an answer\n'), 50))
  },
  'leaves a process behind'() {
    const left = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600_000)'], {
      stdio: ['ignore', 'inherit', 'ignore'],
    })
    process.stdout.write(String(left.pid), () => process.exit(0))
  },
  'writes to a closed pipe'() {
    const write = () => {
      try {
        writeSync(1, 'x'.repeat(1000))
        setTimeout(write, 5)
      } catch (error) {
        process.stderr.write(error.code)
        process.exit(4)
      }
    }
    write()
  },
  plays() {
    const messages = readFileSync(argument, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    process.stdin.resume().on('end', () => process.exit(0))
    for (const { dir, msg } of messages) if (dir === 'in') process.stdout.write(`${JSON.stringify(msg)}\n`)
  },
}
MODES[mode]()
