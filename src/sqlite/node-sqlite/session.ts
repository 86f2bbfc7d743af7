import { patchMethod } from '../patched-method.ts'
import { withoutOutbox } from './changeset.ts'

/** A session of all tables records goaltrace's as well. */
export function patchSession(methods: object): void {
  for (const name of ['changeset', 'patchset']) {
    patchMethod<object, () => Uint8Array>(methods, name, (original) => {
      return function () {
        return withoutOutbox(original.call(this))
      }
    })
  }
}
