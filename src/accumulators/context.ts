import { DAY, HOUR } from '../state/decay.ts'
import type { Accumulator, Feature } from './accumulator.ts'

function ofTime(name: string, description: string, read: (now: number) => number): Feature {
  return {
    name,
    entity: 'CONTEXT',
    description,
    missing: 'never',
    column: ({ now }) => {
      const value = read(now)
      return () => value
    },
  }
}

const angle = (now: number) => (2 * Math.PI * (now % DAY)) / DAY
/** 1970-01-01 was a Thursday. */
const weekday = (now: number) => (Math.floor(now / DAY) + 3) % 7

export const context: Accumulator = {
  name: 'context',
  entity: 'CONTEXT',
  description: 'The moment of the request.',
  roles: [],
  features: [
    ofTime('hour_sin', 'Hour of the day (UTC) as an angle, sine', (now) => Math.sin(angle(now))),
    ofTime('hour_cos', 'Hour of the day (UTC) as an angle, cosine', (now) => Math.cos(angle(now))),
    ofTime('is_weekend', '1 on Saturday and Sunday (UTC), else 0', (now) => (weekday(now) >= 5 ? 1 : 0)),
    ofTime('hour', 'Hour of the day (UTC), 0 to 23', (now) => Math.floor(now / HOUR) % 24),
  ],
}
