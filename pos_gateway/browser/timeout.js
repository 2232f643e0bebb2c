// How long the network may take. Browsers from before 2022 have no AbortSignal.timeout.

/** A signal that aborts a fetch after so many milliseconds. */
export function endsAfter(milliseconds) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}
