// The pages of a till: one bundle, a start for each of them.
import { setZone } from "./card/times.js";
import { openDialogs } from "./dialogs.js";
import { begun } from "./notice.js";
import { showAfterwards } from "./till/afterwards.js";
import { startCounter } from "./till/counter.js";
import { Keeper } from "./till/keeper.js";
import { showLine } from "./till/line_view.js";
import { waitForOfficer } from "./till/pairing.js";
import { startToday } from "./till/today.js";

const STARTS = { counter: startCounter, today: startToday };

openDialogs();
const described = document.getElementById("page");
if (described) start(JSON.parse(described.textContent));
else waitForOfficer();
begun();

async function start(page) {
  setZone(page.zone);
  if (navigator.onLine) {
    navigator.serviceWorker?.register(page.worker, { scope: "/till/" }).catch(() => {});
  }
  const keeper = await Keeper.open(page);
  keeper.addEventListener("change", () => showLine(keeper));
  keeper.addEventListener("flushed", () => showAfterwards(keeper));
  await STARTS[page.name]?.(keeper, page);
  await Promise.all([showLine(keeper), showAfterwards(keeper)]);
  keeper.start();
}
