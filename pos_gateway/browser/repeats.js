/** The same code seen again and again by a camera is one scan. */

const APART_MS = 2_000;

/**
 * A function that says whether a text is new: not seen for two seconds, at a time in milliseconds.
 * @returns {(text: string, at: number) => boolean}
 */
export function firstSeen() {
  const seen = new Map();
  return (text, at) => {
    for (const [other, last] of seen) if (at - last >= APART_MS) seen.delete(other);
    const isNew = !seen.has(text);
    seen.set(text, at);
    return isNew;
  };
}
