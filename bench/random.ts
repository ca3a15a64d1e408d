/** Numbers between 0 and 1 that are the same in every run (Marsaglia's xorshift32). */
export function randomNumbers(seed: number): () => number {
  // Zero would stay zero for ever.
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
