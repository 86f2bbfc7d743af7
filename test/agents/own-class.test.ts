import { expect, it } from 'vitest'
import { Receiver } from '../receiver.ts'
import { DRIVERS, expectTheSame } from './both.ts'

it.each(DRIVERS)(
  'an agent that extends the class of %s opens its database as often as without goaltrace',
  async (driver) => {
    const receiver = await Receiver.start()
    await expectTheSame(receiver.url, { script: 'own-class.mjs', driver })
    expect(receiver.logs).toHaveLength(3)
  },
)
