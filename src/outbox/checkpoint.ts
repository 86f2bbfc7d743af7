/** How far an outbox is delivered: the last row that has arrived. */
export interface Checkpoint {
  readonly seq: number
  readonly uid: string
}

export const NOTHING_DELIVERED: Checkpoint = { seq: 0, uid: '' }
