import { observationFor } from '../observations.ts'
import { patchMethod } from '../patched-method.ts'
import { kindOfStatement } from '../statement-kind.ts'
import type { NodeSqliteDatabase } from './connection.ts'

interface TagStore {
  readonly db: NodeSqliteDatabase
}

type Tag<Result> = (strings: TemplateStringsArray, ...values: unknown[]) => Result

/** By the call site, whose template is one object. */
const sources = new WeakMap<TemplateStringsArray, { readonly source: string }>()

/** A tag store prepares natively what its tags say: db.createTagStore().run`UPDATE …`. */
export function patchTagStore(methods: TagStore): void {
  for (const name of ['run', 'get', 'all']) {
    patchMethod<TagStore, Tag<unknown>>(methods, name, (original) => {
      return function (...args) {
        const observation = observationFor(this.db)
        if (observation === undefined) return original.apply(this, args)
        const statement = sourceOf(args[0])
        const run = () => observation.write(kindOfStatement(statement), this, original as never, args)
        return observation.prepare(statement.source, run)
      }
    })
  }
  patchMethod<TagStore, Tag<IterableIterator<unknown>>>(methods, 'iterate', (iterate) => {
    return function (...args) {
      const start = () => iterate.apply(this, args)
      const observation = observationFor(this.db)
      if (observation === undefined) return start()
      const statement = sourceOf(args[0])
      return observation.prepare(statement.source, () => observation.iterate(statement, start))
    }
  })
}

function sourceOf(strings: TemplateStringsArray): { readonly source: string } {
  let known = sources.get(strings)
  if (known === undefined) {
    known = { source: strings.join('?') }
    sources.set(strings, known)
  }
  return known
}
