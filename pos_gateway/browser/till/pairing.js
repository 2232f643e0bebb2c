/** Waiting for the officer who compares the word. */

const EVERY_MS = 1_500;

/** Go on by itself once the officer has decided. */
export function waitForOfficer() {
  const waiting = document.getElementById("waiting");
  if (!waiting) return;
  const look = async () => {
    const state = await stateNow();
    if (state === null || state === "claimed") setTimeout(look, EVERY_MS);
    else waiting.querySelector("form button").click();
  };
  look();
}

async function stateNow() {
  try {
    const answer = await fetch("/till/pair/state", { cache: "no-store" });
    return answer.ok ? (await answer.json()).state : null;
  } catch {
    return null; // no line for a moment: ask again
  }
}
