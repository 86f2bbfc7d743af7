import type { GoalStatus } from '../goal/goal.ts'

/** Files in which an agent keeps its goals: where they are, how they are written, and what in them is a goal. */
export interface GoalFiles {
  /** Globs: `*` and `?` within a name, `**` for any folders. A glob may begin with `~` or a variable, such as `$XDG_STATE_HOME`; one whose variable is not set is left out. A relative one is within the working directory. */
  readonly path: readonly string[]
  /** `lines` for a log of JSON lines that is appended to, `whole` for a JSON document that is written anew at each change. */
  readonly read: 'lines' | 'whole'
  /** What the agent is called, as `service.name`, where OTEL_SERVICE_NAME does not say. Default: unknown_service. */
  readonly agent?: string | undefined
  /** What names the thread. Default: each goal's id is its own thread. */
  readonly thread?: FileSource | undefined
  /** What names the turn that caused a change. */
  readonly turn?: FileSource | undefined
  /** The model that works on the goals, where the goal itself does not say. */
  readonly model?: FileSource | undefined
  /** When a change was made: milliseconds since 1970, or a date as text. Default: when it was read, or when the document was written. */
  readonly time?: string | FileTime | undefined
  /** In lines, what names a line: one that was read before is not reported again. */
  readonly lineId?: string | undefined
  /** In lines, the path of the file that this one goes on from: lines that it has are not reported again. */
  readonly parent?: FileSource | undefined
  /** In lines, conditions for one that was copied from another session, which is not reported. */
  readonly copied?: FileConditions | undefined
  /** The kinds of goals in these files. A line is of the first kind that has a record for it. */
  readonly goals: readonly FileGoals[]
}

/** One kind of goal in a file. */
export interface FileGoals {
  /** In a document, where its goals are: `*` is any key or element. Default: the document is one goal. */
  readonly each?: string | undefined
  /** In lines, which of them are about a goal: the first record that fits counts. */
  readonly records?: readonly GoalRecord[] | undefined
  /** In lines, where a line has the `lineId` of the one that it goes on from, null for none. Where that is not the last line, the goals are again as they were there. */
  readonly branch?: string | undefined
  /** Where the parts of a goal are. A field that is not named is unknown. */
  readonly fields: GoalFileFields
  /** From the file's words to a goal's status, as in `tables`. Default: the statuses themselves. */
  readonly statuses?: Readonly<Record<string, FileStatus | readonly FileStatus[]>> | undefined
}

/** A line about a goal. */
export interface GoalRecord {
  /** Conditions that the line has to meet. */
  readonly where: FileConditions
  /** Where the goal is; null there means that it is gone. Default: the line is the goal. */
  readonly at?: string | undefined
  /** Whether the line has only what has changed: its parts, also those within objects, replace those of the same goal. */
  readonly merge?: boolean | undefined
  /** With `merge`, parts of the goal that grow: from the part's path to the path of the amount. */
  readonly add?: Readonly<Record<string, string>> | undefined
  /** Whether the thread's goal is gone. */
  readonly gone?: boolean | undefined
  /** The path of a list of all goals there are; goals missing from it are gone. */
  readonly all?: string | undefined
  /** With `all`, what names the thread in each of them. */
  readonly thread?: string | undefined
}

/** A path as `data.goal.id`; or what the last line said for which the conditions hold, the file's name without its ending or its folder's, or the n-th `*` of `each`. */
export type FileSource = string | FileLine | { readonly file: 'name' | 'folder' } | { readonly key: number }

export interface FileLine {
  /** Conditions for the line that has it; it holds from that line on. */
  readonly line: FileConditions
  /** Where in that line it is. */
  readonly at: string
  /** It no longer holds after a line that meets these. */
  readonly until?: FileConditions | undefined
}

export interface FileTime {
  readonly at: string
  readonly unit: TimeUnit
}

export type TimeUnit = 's' | 'ms'

/** From paths to values: a value, a list of possible values, `null` for none, `{ "not": … }`, or `{ "is": "thread" }`. */
export type FileConditions = Readonly<Record<string, FileCondition>>

type Word = string | number | boolean | null
export type FileCondition =
  | Word
  | readonly Word[]
  | { readonly not: Word | readonly Word[] }
  | { readonly is: 'thread' }

/** A status, `cleared` where the goal is gone, `?` where nobody knows; or one of them where the goal has these values. */
export type FileStatus = Meaning | { readonly when: FileConditions; readonly is: Meaning }

type Meaning = GoalStatus | 'cleared' | '?'

export interface GoalFileFields {
  /** What names the goal. Default: the goals of a thread are counted. */
  readonly goalId?: FileField | undefined
  /** A word of `statuses`. */
  readonly status: FileField
  /** Tokens; null for a goal without budget. */
  readonly tokenBudget?: FileField | undefined
  /** Tokens, cumulative; negative ones count as unknown. */
  readonly tokensUsed?: FileField | undefined
  /** Seconds, cumulative. */
  readonly timeUsedSeconds?: FileField | undefined
  /** Its length is recorded; its text only if content is captured. */
  readonly objective?: FileField | undefined
  /** The model that works on the goal, as its provider calls it. */
  readonly model?: FileField | undefined
  /** Why it has its status; recorded only if content is captured. */
  readonly reason?: FileField | undefined
}

/** One form, or several of which the first that is there counts. */
export type FileField = FileValue | readonly FileValue[]

/** A path within the goal; parts joined by `@`, of which `thread` is the thread; a time as whole seconds; or the time from one stamp to another. */
export type FileValue = string | { readonly join: readonly string[] } | FileTime | FileSpan

export interface FileSpan {
  readonly from: string
  readonly to: string
  /** The path of an amount to subtract, such as the time paused. */
  readonly less?: string | undefined
  /** Of times that are numbers, and of `less`. */
  readonly unit: TimeUnit
}
