import { DAY, HOUR } from '../time-units.ts'
import type { Accumulator, Feature } from './accumulator.ts'
import type { FeatureInput } from './feature-input.ts'
import { DEVICE_FAMILIES, deviceFamily } from './user-activity.ts'

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

/** 1 where the request names this value, 0 where it names another. */
function flag(name: string, what: string, value: string, named: (input: FeatureInput) => string | undefined): Feature {
  return {
    name,
    entity: 'CONTEXT',
    description: `1 if the ${what} of the request is ${value}, 0 if it is another one`,
    unit: 'yes or no',
    missing: `when the request names no ${what}`,
    column: (input) => {
      const asked = named(input)
      const is = asked === undefined ? Number.NaN : asked === value ? 1 : 0
      return () => is
    },
  }
}

/**
 * Makes the accumulator of request context, such as hour, weekday, surface and device.
 * @param surfaces surfaces of the domain; each gets a flag
 */
export function context(surfaces: readonly string[]): Accumulator {
  return {
    name: 'context',
    entity: 'CONTEXT',
    description: 'The moment of the request, its surface and its device.',
    roles: [],
    features: [
      ofTime('hour_sin', 'Sine of the hour of the day (UTC), taken as an angle: 24 hours are a full circle', (now) =>
        Math.sin(angle(now)),
      ),
      ofTime('hour_cos', 'Cosine of the hour of the day (UTC), taken as an angle: 24 hours are a full circle', (now) =>
        Math.cos(angle(now)),
      ),
      {
        ...ofTime('is_weekend', '1 on Saturday and Sunday (UTC), else 0', (now) => (weekday(now) >= 5 ? 1 : 0)),
        label: 'Whether it is Saturday or Sunday',
        unit: 'yes or no',
      },
      ofTime('hour', 'Hour of the day (UTC), 0 to 23', (now) => Math.floor(now / HOUR) % 24),
      ofTime('weekday', 'Day of the week (UTC), 0 for Monday to 6 for Sunday', weekday),
      ...surfaces.map((surface) => flag(`context_surface_${surface}`, 'surface', surface, (input) => input.surface)),
      ...DEVICE_FAMILIES.map((device) =>
        flag(`context_device_${device}`, 'device', device, (input) =>
          input.device === undefined ? undefined : deviceFamily(input.device),
        ),
      ),
    ],
  }
}
