import type { GoalFiles } from '../mapping/goal-files.ts'
import { CLAUDE_GOAL, CLAUDE_GOAL_DATABASES } from './presets/claude-goal.ts'
import { GOALY } from './presets/goaly.ts'
import { OPENCODE, OPENCODE_DATABASES } from './presets/opencode.ts'
import { PI } from './presets/pi.ts'
import type { PresetDatabase } from './presets/preset-database.ts'
import { QWEN_CODE } from './presets/qwen-code.ts'

/** Where agents of one kind keep their goals. */
export interface Preset {
  readonly name: string
  readonly files: readonly GoalFiles[]
  readonly databases: readonly PresetDatabase[]
}

export const PRESETS: readonly Preset[] = [
  { name: 'claude-goal', files: CLAUDE_GOAL, databases: CLAUDE_GOAL_DATABASES },
  { name: 'goaly', files: GOALY, databases: [] },
  { name: 'opencode', files: OPENCODE, databases: OPENCODE_DATABASES },
  { name: 'pi', files: PI, databases: [] },
  { name: 'qwen-code', files: QWEN_CODE, databases: [] },
]
