/**
 * Returns the n-th highest of some numbers, by selection (Hoare's FIND, 1961). It takes a time that grows with their count, where a sort
 * takes longer. A selection that calls a comparator, such as that of d3-array, took longer than the sort for 640 numbers.
 * @param numbers in any order, none of them NaN; their order changes
 * @param n from 1 (the highest) to the number of numbers
 */
export function nthHighest(numbers: Float64Array, n: number): number {
  const wanted = n - 1
  for (let from = 0, to = numbers.length - 1; from < to; ) {
    const pivot = numbers[wanted]
    let [left, right] = [from, to]
    while (left <= right) {
      while (numbers[left] > pivot) left++
      while (numbers[right] < pivot) right--
      if (left > right) break
      const held = numbers[left]
      numbers[left++] = numbers[right]
      numbers[right--] = held
    }
    if (right < wanted) from = left
    if (wanted < left) to = right
  }
  return numbers[wanted]
}
