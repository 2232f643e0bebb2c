/** A tone and a buzz for what happened; the tone can be switched off. */

const KEPT = "hongka.till.quiet";
const GOOD = [[880, 0, 0.09], [1318, 0.1, 0.16]];
const BAD = [[220, 0, 0.28]];
const SEEN = [[1046, 0, 0.06]];

let context = null;

/** Whether tones are heard. */
export function isLoud() {
  return !kept();
}

/** Switch tones on or off, for good. */
export function setLoud(loud) {
  try {
    localStorage.setItem(KEPT, loud ? "" : "1");
  } catch {
    // Where nothing is kept, tones stay on.
  }
}

/** A code was read. */
export const signalSeen = () => signal(SEEN, 30);
/** It is done. */
export const signalGood = () => signal(GOOD, [40, 40, 80]);
/** It is refused. */
export const signalBad = () => signal(BAD, [200, 80, 200]);

function kept() {
  try {
    return localStorage.getItem(KEPT) === "1";
  } catch {
    return false;
  }
}

function signal(tones, pattern) {
  // A page that nobody has touched may neither buzz nor sound; older browsers do not tell.
  if (navigator.userActivation?.hasBeenActive === false) return;
  navigator.vibrate?.(pattern);
  if (!isLoud() || !globalThis.AudioContext) return;
  context ??= new AudioContext();
  context.resume().catch(() => {});
  for (const [hertz, after, seconds] of tones) tone(hertz, context.currentTime + after, seconds);
}

function tone(hertz, from, seconds) {
  const source = context.createOscillator();
  const volume = context.createGain();
  source.frequency.value = hertz;
  volume.gain.setValueAtTime(0.25, from);
  volume.gain.exponentialRampToValueAtTime(0.001, from + seconds);
  source.connect(volume).connect(context.destination);
  source.start(from);
  source.stop(from + seconds);
}
