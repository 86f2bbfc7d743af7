/** How far an outbox is delivered: the last row that is. */
export interface Checkpoint {
  readonly seq: number
  readonly uid: string
}

export const NOTHING_DELIVERED: Checkpoint = { seq: 0, uid: '' }

export function furthest(one: Checkpoint, other: Checkpoint): Checkpoint {
  return other.seq > one.seq ? other : one
}
