/** Words the server gave in both languages. */

import { tongue } from "../words.js";

/** @param {{zh: string, en: string}} words @returns {string} those of the page's language */
export function said(words) {
  return words[tongue()];
}
