// The member's pages: one bundle, a start for each of them.
import { startBenefits } from "./card/benefits.js";
import { startDrop } from "./card/drop.js";
import { startMore } from "./card/more.js";
import { startMyCard } from "./card/my_card.js";
import { startTickets } from "./card/tickets.js";
import { setZone } from "./card/times.js";
import { openDialogs } from "./dialogs.js";
import { begun } from "./notice.js";

const STARTS = {
  my_card: startMyCard,
  benefits: startBenefits,
  tickets: startTickets,
  drop: startDrop,
  more: startMore,
};

openDialogs();
const described = document.getElementById("page");
if (described) {
  const page = JSON.parse(described.textContent);
  setZone(page.zone);
  navigator.serviceWorker?.register(page.worker, { scope: "/card/" }).catch(() => {});
  STARTS[page.name]?.(page);
}
begun();
