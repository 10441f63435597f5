/** Texts of fields in which a reader names an item. */
export const texts = {
  item: 'Item (id or title)',
  unknown: (entered: string) => `The catalogue has no item with the id or title “${entered}”, and no item has it in its title.`,
  unknownOfSample: (entered: string, sample: number) =>
    `The catalogue has no item with the id or title “${entered}”. Parts of a title are looked for only among the ${sample} items with most interest. For any other item, enter its id, or its whole title in the same spelling.`,
  several: (entered: string, others: number) =>
    `Several items have “${entered}” in their titles. Choose one${others > 0 ? `, or enter more of the title: ${others} others have it too` : ''}.`,
  severalOfSample: (sample: number) =>
    `These are of the ${sample} items with most interest. For any other item, enter its id or its whole title.`,
  alike: (title: string) => `Several items have the title “${title}”. Choose one.`,
} as const
