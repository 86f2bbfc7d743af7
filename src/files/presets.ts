import type { GoalFiles } from '../mapping/goal-files.ts'
import { OPENCODE } from './presets/opencode.ts'
import { PI } from './presets/pi.ts'

/** Where agents of one kind keep their goals. */
export interface Preset {
  readonly name: string
  readonly files: readonly GoalFiles[]
}

export const PRESETS: readonly Preset[] = [
  { name: 'opencode', files: OPENCODE },
  { name: 'pi', files: PI },
]
