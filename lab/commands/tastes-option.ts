import { InvalidArgumentError, Option } from 'commander'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { unknownName } from '../../src/domain/nearest-name.ts'
import { TASTES, type TasteName } from '../simulation/planted-tastes.ts'

/** Makes the option that says on which attributes of shoppers their tastes depend. @param effect what the option does, in words */
export function tastesOption(effect: string): Option {
  return new Option(
    '--tastes <names>',
    `${effect}. Names, separated by commas: age (people like some categories more), city (some brands), size (items of their own size), and age_city (age and city together, but neither alone)`,
  ).argParser(tastesFrom)
}

/** Makes the option that says how strong these tastes are. */
export function tasteStrengthOption(): Option {
  return new Option(
    '--taste-strength <n>',
    'with --tastes: set how much these attributes matter. With 0, they do not. With 1, someone who fully likes a category is about e (2.7) times as likely to click its items as someone to whom it means nothing',
  )
    .argParser(numberFrom(0, 5))
    .default(1)
}

function tastesFrom(text: string): TasteName[] {
  const names = text.split(',').map((name) => name.trim())
  for (const name of names) {
    if (!isTaste(name)) throw new InvalidArgumentError(`There is no taste '${name}'${unknownName(name, TASTES)}`)
  }
  return TASTES.filter((name) => names.includes(name))
}

function isTaste(name: string): name is TasteName {
  return (TASTES as readonly string[]).includes(name)
}
