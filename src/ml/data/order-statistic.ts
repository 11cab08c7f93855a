/** Rounds after which the rest is sorted, so that no order of values makes it slow. */
const MOST_ROUNDS = 100;

/**
 * The value that would stand at a place if all were sorted, by Hoare's selection: reads the values a
 * few times, where sorting reads them again and again.
 * @param values no NaN among them; they change places, so that none before the place is greater and none after it less
 */
export function selectAt(values: Float64Array, place: number): number {
  let [low, high] = [0, values.length - 1];
  for (let round = 0; low < high; round++) {
    if (round === MOST_ROUNDS) {
      values.subarray(low, high + 1).sort();
      break;
    }
    const pivot = values[(low + high) >>> 1] as number;
    let [up, down] = [low, high];
    while (up <= down) {
      while ((values[up] as number) < pivot) up++;
      while (pivot < (values[down] as number)) down--;
      if (up > down) break;
      const held = values[up] as number;
      values[up++] = values[down] as number;
      values[down--] = held;
    }
    if (place <= down) high = down;
    else if (place >= up) low = up;
    else break;
  }
  return values[place] as number;
}
