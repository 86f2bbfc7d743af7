import { readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'
import { namesIn } from './names-in.ts'

/** A process that has a thread loaded. */
export interface ThreadProcess {
  readonly pid: number
  /** When it started, as the system counts it: another one may get its number. */
  readonly started: string
}

/**
 * The process in which a thread runs: it has the thread's rollout open, or its lock. Undefined where there is none that
 * can be seen: another user's, one in another container, or a system without /proc.
 */
export function processOf(threadId: string): ThreadProcess | undefined {
  const isOf = (name: string) => (name.startsWith('rollout-') || name.endsWith('.lock')) && name.includes(threadId)
  for (const entry of namesIn('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    const holds = namesIn(`/proc/${entry}/fd`).some((fd) => isOf(basename(targetOf(`/proc/${entry}/fd/${fd}`))))
    const started = holds ? startOf(entry) : undefined
    if (started !== undefined) return { pid: Number(entry), started }
  }
  return undefined
}

export function isRunning({ pid, started }: ThreadProcess): boolean {
  return startOf(String(pid)) === started
}

/** The 22nd field of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; undefined for a process that is gone, or a zombie. */
function startOf(pid: string): string | undefined {
  try {
    // The name before them may contain anything, also parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')
    return fields?.[0] === 'Z' ? undefined : fields?.[19]
  } catch {
    return undefined
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
