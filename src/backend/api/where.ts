/** Conditions that hold together. Their texts are this program's own; what a request says is a bound value. */
export class Where {
  readonly #conditions: readonly string[]
  readonly values: readonly unknown[]

  constructor(conditions: readonly string[] = [], values: readonly unknown[] = []) {
    this.#conditions = conditions
    this.values = values
  }

  /** @param condition Left out with its values where it is false. */
  and(condition: string | false, ...values: readonly unknown[]): Where {
    if (condition === false) return this
    return new Where([...this.#conditions, `(${condition})`], [...this.values, ...values])
  }

  /** No condition where the value is null. */
  equal(column: string, value: string | null): Where {
    return this.and(value !== null && `${column} = ?`, value)
  }

  /** From the first, inclusive, to the second, exclusive; each is none where it is null. */
  between(column: string, from: bigint | null, to: bigint | null): Where {
    return this.and(from !== null && `${column} >= ?`, from).and(to !== null && `${column} < ?`, to)
  }

  get sql(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`
  }
}
