/** e to each score, as shares of their sum; in place. The largest is taken off first, so that none overflows. */
export function softmax(scores: Float64Array): void {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  let total = 0;
  scores.forEach((score, i) => {
    const exponential = Math.exp(score - largest);
    scores[i] = exponential;
    total += exponential;
  });
  scores.forEach((exponential, i) => (scores[i] = exponential / total));
}
