/** How far an outbox is delivered: the last row that has arrived. */
export interface Mark {
  readonly seq: number
  readonly uid: string
}

export const NOTHING_YET: Mark = { seq: 0, uid: '' }
