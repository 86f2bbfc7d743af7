import { readFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { existingPath } from '../base/real-path.ts'

/** Of a script that Node is given on its command line, and whose arguments stand where else a file does. */
const EVAL = /^(?:-[pe]+|--eval|--print)(?:=|$)/

/**
 * What an agent that has no OTEL_SERVICE_NAME is called: the name in its package.json, else its script's. The specification's
 * `unknown_service` would be one service for all agents (https://opentelemetry.io/docs/specs/semconv/resource/#service).
 * @param script The file that Node runs.
 * @returns undefined where Node runs no file.
 */
export function ownServiceName(script = scriptOf(process)): string | undefined {
  if (script === undefined) return undefined
  // A command's link in node_modules/.bin leads to its package's file. Without an extension, which Node adds, there is no such file.
  return packageName(dirname(existingPath(script) ?? script)) ?? (basename(script, extname(script)) || undefined)
}

function scriptOf({ argv, execArgv }: NodeJS.Process): string | undefined {
  const [, script] = argv
  return !script || script === '-' || execArgv.some((argument) => EVAL.test(argument)) ? undefined : script
}

/** In the nearest package.json; undefined where that has none. */
function packageName(folder: string): string | undefined {
  let text: string
  try {
    text = readFileSync(join(folder, 'package.json'), 'utf8')
  } catch {
    const above = dirname(folder)
    return above === folder ? undefined : packageName(above)
  }
  try {
    const { name } = JSON.parse(text) as { name?: unknown }
    return typeof name === 'string' && name.trim() !== '' ? name : undefined
  } catch {
    return undefined
  }
}
