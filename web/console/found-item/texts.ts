/** Texts of fields in which a reader names an item. */
export const texts = {
  item: 'Item (id or title)',
  unknown: (entered: string) =>
    `The catalogue has no item with the id or title “${entered}”, and no popular item has it in its title.`,
  several: (entered: string, titles: string) => `Several items have “${entered}” in their titles: ${titles}. Enter more of it.`,
  alike: (title: string, ids: string) => `Several items have the title “${title}”. Enter an id: ${ids}.`,
} as const
