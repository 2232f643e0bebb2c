/** A screen that stays on while a code is shown. */

/**
 * Keep the screen on until told otherwise; asked anew whenever the page is shown again, since the
 * browser lets go when it is hidden. Browsers that cannot, and phones short of power, do nothing.
 * @returns {() => void} let it go dark again
 */
export function keepAwake() {
  let lock = null;
  let wanted = true;
  const isKept = () => lock !== null && !lock.released;
  const ask = async () => {
    if (!wanted || isKept() || document.visibilityState !== "visible") return;
    try {
      const got = await navigator.wakeLock?.request("screen");
      if (wanted && !isKept()) lock = got ?? null;
      else await got?.release();
    } catch {
      // Refused for want of power: the screen goes dark as it always does.
    }
  };
  document.addEventListener("visibilitychange", ask);
  ask();
  return () => {
    wanted = false;
    document.removeEventListener("visibilitychange", ask);
    lock?.release();
    lock = null;
  };
}
