/** One tab at a time. */

/**
 * Do something while no other tab does it. An address without TLS has no locks: nobody waits there.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export function alone(name, work) {
  return navigator.locks ? navigator.locks.request(name, work) : work();
}
