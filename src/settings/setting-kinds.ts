import { z } from 'zod'

/**
 * The description of a setting, and its valid values where the schema cannot express them. docs/reference/settings.md is
 * generated from both.
 */
export interface Meaning {
  readonly description: string
  readonly range?: string
}

/** Makes a setting that is on (`1`) or off (`0`). */
export const flag = (description: string, fallback: '0' | '1' = '0') =>
  z
    .enum(['0', '1'])
    .default(fallback)
    .transform((value) => value === '1')
    .meta({ description, range: '`0` or `1`' } satisfies Meaning)

const wholeBetween = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'a whole number').transform(Number).pipe(z.number().min(least).max(most))

/** Makes a setting that is a whole number between two bounds, both included. */
export const whole = (fallback: number, least: number, most: number, description: string) =>
  wholeBetween(least, most)
    .default(fallback)
    .meta({ description, range: `${least} to ${most}` } satisfies Meaning)

/** Makes a setting that is unset, or a whole number between two bounds, both included. */
export const optionalWhole = (least: number, most: number, description: string) =>
  wholeBetween(least, most)
    .optional()
    .meta({ description, range: `${least} to ${most}` } satisfies Meaning)

/** Makes a setting that is unset, or a text that is not empty. */
export const text = (description: string, range: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ description, range } satisfies Meaning)

/** Makes a setting that is one of several words. */
export const choice = <const T extends string>(values: readonly T[], fallback: NoInfer<T>, description: string) =>
  z
    .enum(values)
    .default(fallback as z.util.NoUndefined<T>)
    .meta({ description, range: values.map((value) => `\`${value}\``).join(', ') } satisfies Meaning)

/**
 * Makes a setting that is unset, or a list of texts separated by commas.
 * @param wanted what each text must be, for the message about an invalid one
 */
export const list = (isValid: (text: string) => boolean, wanted: string, meaning: Required<Meaning>) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(z.string().refine(isValid, wanted)))
    .optional()
    .meta(meaning)
