import { observationOf } from './observations.ts'
import { isPatched, patchMethod } from './patched-method.ts'
import { kindOfStatement, type Source } from './statement-kind.ts'

type Method = (...args: unknown[]) => unknown
type Iterate = (...args: unknown[]) => IterableIterator<unknown>

/** What a native statement does not know of itself. */
interface Known extends Source {
  readonly database: object
}

/** The statements of a driver whose class is native: they name neither their connection nor their text. */
export class NativeStatements {
  readonly #known = new WeakMap<object, Known>()
  /** The connection whose statements those may be that were prepared before the class was patched. */
  #latest: WeakRef<object> | undefined

  /** Takes a connection for the one whose statements are unknown. */
  adopt(database: object): void {
    this.#latest = new WeakRef(database)
  }

  note(statement: object, database: object, source: string): void {
    this.#known.set(statement, { database, source })
  }

  has(statement: object): boolean {
    return this.#known.has(statement)
  }

  /** @param methods The object that has them, of which `names` run a whole statement. */
  patch(methods: object, names: readonly string[]): void {
    if (isPatched((methods as { run?: unknown }).run)) return
    const [known, unknown] = [this.#known, (run: () => unknown) => this.#unknown(run)]
    for (const name of names) {
      patchMethod<object, Method>(methods, name, (original) => {
        return function (...args) {
          const statement = known.get(this)
          if (statement === undefined) return unknown(() => original.apply(this, args))
          const observation = observationOf(statement.database)
          return observation === undefined
            ? original.apply(this, args)
            : observation.write(kindOfStatement(statement), this, original, args)
        }
      })
    }
  }

  /** Where `iterate` runs the statement only when its first row is asked for. */
  patchIterate(methods: object): void {
    if (isPatched((methods as { iterate?: unknown }).iterate)) return
    const known = this.#known
    patchMethod<object, Iterate>(methods, 'iterate', (iterate) => {
      return function (...args) {
        const start = () => iterate.apply(this, args)
        const statement = known.get(this)
        const observation = statement && observationOf(statement.database)
        return statement === undefined || observation === undefined ? start() : observation.iterate(statement, start)
      }
    })
  }

  /** Whether it is a statement of the connection that is observed is not known; if it is not, guarding it changes nothing. */
  #unknown(run: () => unknown): unknown {
    const database = this.#latest?.deref()
    const observation = database && observationOf(database)
    return observation === undefined ? run() : observation.guard(run)
  }
}
