import type { GoalFiles } from '../mapping/goal-files.ts'
import { CLAUDE_GOAL } from './presets/claude-goal.ts'
import { GOALY } from './presets/goaly.ts'
import { OPENCODE } from './presets/opencode.ts'
import { PI } from './presets/pi.ts'
import { QWEN_CODE } from './presets/qwen-code.ts'

/** Where agents of one kind keep their goals. */
export interface Preset {
  readonly name: string
  readonly files: readonly GoalFiles[]
}

export const PRESETS: readonly Preset[] = [
  { name: 'claude-goal', files: CLAUDE_GOAL },
  { name: 'goaly', files: GOALY },
  { name: 'opencode', files: OPENCODE },
  { name: 'pi', files: PI },
  { name: 'qwen-code', files: QWEN_CODE },
]
