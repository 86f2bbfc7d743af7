import type { GoalFiles } from '../../mapping/goal-files.ts'

/** A plugin of Claude Code, tungdd2710/claude-goal, keeps each goal of a project in a document. */
export const CLAUDE_GOAL: readonly GoalFiles[] = [
  {
    path: ['.claude/goals/goal-*.json'],
    read: 'whole',
    agent: 'claude-code',
    goals: [
      {
        fields: {
          ...{ goalId: 'id', status: 'status', objective: 'objective' },
          ...{
            tokensUsed: 'metrics.total_tokens_estimated',
            timeUsedSeconds: 'metrics.total_wall_clock_seconds',
          },
        },
        statuses: {
          ...{ active: 'active', paused: 'paused', blocked: 'blocked', complete: 'complete', impossible: 'blocked' },
          ...{ budget_limited: 'budget_limited', cleared: 'cleared' },
        },
      },
    ],
  },
]
