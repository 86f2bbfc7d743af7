import { readFileSync } from 'node:fs'
import { PRESETS } from '../../src/files/presets.ts'
import { expandGlob, matchesPath } from '../../src/mapping/glob.ts'
import type { GoalFiles } from '../../src/mapping/goal-files.ts'

/** What an agent wrote into one of its files, and what it should report. */
export interface PresetSample {
  /** The repository of whoever writes such files. */
  readonly feature: string
  /** The program that wrote it, or by what it is made. */
  readonly origin: string
  /** Below `~`, or in a project. */
  readonly path: string
  /** Kind, goal, thread, status, tokens and seconds of each event. */
  readonly events: readonly (readonly (string | number | null)[])[]
}

const file = (name: string) => readFileSync(new URL(`presets/${name}`, import.meta.url), 'utf8')

export const SAMPLES = Object.entries(JSON.parse(file('expected.json')) as Record<string, PresetSample>)

/** The lines of a log; or the versions of a document, `null` where it is gone. */
export function linesOf(name: string): string[] {
  return file(`${name}.jsonl`).trimEnd().split('\n')
}

/** The mappings that follow a file, with the presets that have them. */
export function mappingsFor(path: string): { readonly preset: string; readonly files: GoalFiles }[] {
  return PRESETS.flatMap(({ name, files }) =>
    files.filter((one) => one.path.some((glob) => matches(glob, path))).map((one) => ({ preset: name, files: one })),
  )
}

function matches(text: string, path: string): boolean {
  const glob = expandGlob(text, {}, '/home/u', '/w')
  return glob !== undefined && matchesPath(glob, path.startsWith('~') ? `/home/u${path.slice(1)}` : `/w/${path}`)
}
