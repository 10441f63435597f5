/** Families of devices that are counted separately. All other device names count as `other`. */
export const DEVICE_FAMILIES = ['ios', 'android', 'mobile', 'tablet', 'desktop', 'tv', 'other'] as const
export type DeviceFamily = (typeof DEVICE_FAMILIES)[number]

/** Returns the family of a device that an app names, in any case of letters. */
export function deviceFamily(name: string): DeviceFamily {
  const lower = name.toLowerCase()
  if (lower === 'phone') return 'mobile'
  return DEVICE_FAMILIES.find((family) => family === lower) ?? 'other'
}
